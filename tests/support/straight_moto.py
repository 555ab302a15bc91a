"""moto's DynamoDB asked straight: no request is written, signed, routed and read in between.

That way there and back costs more than what DynamoDB does. Who asks and what comes back stay the
same, as the cases of table_cases.py show, which go both ways; a refusal has no effect and is asked
for again the long way, so that it is told as it always is.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.model import OperationModel
from botocore.validate import ParamValidationDecorator
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import HTTPException, ServiceException
from moto.dynamodb.responses import DynamoHandler

ACTIONS = {
    "BatchGetItem": DynamoHandler.batch_get_item,
    "DeleteItem": DynamoHandler.delete_item,
    "GetItem": DynamoHandler.get_item,
    "PutItem": DynamoHandler.put_item,
    "Query": DynamoHandler.query,
    "Scan": DynamoHandler.scan,
    "TransactWriteItems": DynamoHandler.transact_write_items,
    "UpdateItem": DynamoHandler.update_item,
}
REFUSALS = (ServiceException, HTTPException)


@contextmanager
def asked() -> Iterator[None]:
    """As long as this lasts, reads and writes of rows go straight to moto."""
    call = BaseClient._make_api_call

    def straight(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation in ACTIONS and _is_plain(self):
            model = self.meta.service_model.operation_model(operation)
            try:
                return _answer(self.meta.region_name, model, parameters)
            except REFUSALS:
                pass
        return call(self, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", straight):
        yield


def _is_plain(client: BaseClient) -> bool:
    """Whether it sends what it is given: a table of boto3's puts types to the values on the way."""
    validates = isinstance(client._serializer, ParamValidationDecorator)
    return client.meta.service_model.service_name == "dynamodb" and not validates


def _answer(region: str, model: OperationModel, parameters: dict[str, Any]) -> dict[str, Any]:
    unknown = parameters.keys() - model.input_shape.members.keys()
    assert not unknown, f"{model.name} knows no {unknown}"
    handler = DynamoHandler()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, region
    handler.body = handler.params = _sent(parameters)
    found = _sent(ACTIONS[model.name](handler).result)
    told = model.output_shape.members.keys()
    answer = {name: value for name, value in found.items() if name in told and value is not None}
    return answer | {"ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}


def _sent(message: Any) -> Any:
    """A message as it arrives: it shares nothing with the sender's."""
    return json.loads(json.dumps(message))
