"""A user of the local stage: made by an administrator, signs in with a password."""

import secrets
from contextlib import suppress
from dataclasses import dataclass

from local.cloud import Cloud

EMAIL = "demo@example.com"
# An account is a number below 2^53, like every id.
ACCOUNT_ID = "1000001"
ADMIN_EMAIL, ADMIN_ACCOUNT_ID, ADMINS = "admin@example.com", "1000002", "admin"


@dataclass(frozen=True)
class User:
    """Someone who can sign in."""

    email: str
    password: str


def create(where: Cloud, pool: str, email: str = EMAIL, account_id: str = ACCOUNT_ID) -> User:
    """Make a user of an account, who has a password at once."""
    cognito = where.client("cognito-idp")
    password = f"Aa1{secrets.token_urlsafe(18)}"
    attributes = {"email": email, "email_verified": "true", "custom:account_id": account_id}
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=email, Password=password, Permanent=True
    )
    return User(email, password)


def create_admin(where: Cloud, pool: str) -> User:
    """Make somebody who may release the bridge; whoever was there gets a new password."""
    cognito = where.client("cognito-idp")
    with suppress(cognito.exceptions.UserNotFoundException):
        cognito.admin_delete_user(UserPoolId=pool, Username=ADMIN_EMAIL)
    user = create(where, pool, ADMIN_EMAIL, ADMIN_ACCOUNT_ID)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=ADMIN_EMAIL, GroupName=ADMINS)
    return user


def sign_in(where: Cloud, client: str, user: User) -> str:
    """Return a fresh ID token."""
    answer = where.client("cognito-idp").initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.email, "PASSWORD": user.password},
    )
    token: str = answer["AuthenticationResult"]["IdToken"]
    return token
