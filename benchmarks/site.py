"""A WordPress stub in a process of its own: answers the bridge's contract after a given time.

python -m benchmarks.site SECONDS [CERTIFICATE_WITH_KEY.pem]
"""

import asyncio
import json
import re
import ssl
import sys
from itertools import count

CONTENT_ID = re.compile(rb'"content_id":(\d+)')
REV = re.compile(rb'"rev":(\d+)')
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
posts = count(1)


def answer(body: bytes) -> bytes:
    content_id, rev = CONTENT_ID.search(body), REV.search(body)
    assert content_id
    assert rev
    post_id = next(posts)
    data = {
        "content_id": int(content_id[1]), "rev": int(rev[1]), "state": "done", "post_id": post_id,
        "post_url": f"http://127.0.0.1/post-{post_id}/", "post_status": "publish",
        "modified_gmt": "2026-01-10T12:00:00Z", "fingerprint": "f" * 64, "replayed": False,
        "warnings": [], "altered": [],
    }  # fmt: skip
    return json.dumps({"success": True, "data": data}).encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            await asyncio.sleep(seconds)
            text = answer(body)
            lines = (
                "HTTP/1.1 201 Created",
                "Content-Type: application/json",
                f"Content-Length: {len(text)}",
            )
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + text)
            await writer.drain()
            if b"connection: close" in head.lower():
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    seconds, context = float(sys.argv[1]), None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, seconds), "127.0.0.1", 0, ssl=context
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
