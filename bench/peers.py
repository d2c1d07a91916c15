"""The servers a message is measured against: python -m bench.peers NAME PORT."""

import os
import sys

TOKEN, KEY, APP_ID = "benchtoken", "b" * 43, "wx0123456789abcdef"


def bare(port):
    """aiohttp that reads the body and says success."""
    import uvloop
    from aiohttp import web

    async def handle(request):
        await request.read()
        return web.Response(text="success")

    app = web.Application()
    app.router.add_post("/", handle)
    uvloop.install() if hasattr(uvloop, "install") else None
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


def aiohttp_wechatpy(port):
    """wechatpy on bare aiohttp: decrypt, parse, echo, encrypt; stores nothing."""
    from aiohttp import web

    answer = _echo()

    async def handle(request):
        return web.Response(text=answer(await request.read(), request.query), content_type="application/xml")

    app = web.Application()
    app.router.add_post("/", handle)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


def flask_wechatpy(port):
    """Flask with wechatpy: decrypt, parse, echo, encrypt; stores nothing."""
    from flask import Flask, request
    from werkzeug.serving import WSGIRequestHandler, make_server

    app, answer = Flask("echo"), _echo()

    @app.post("/")
    def handle():
        return answer(request.get_data(), request.args), 200, {"Content-Type": "application/xml"}

    WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keep the connection: kinder to Flask than its default
    WSGIRequestHandler.log_request = lambda *_args, **_kwargs: None
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


def werobot(port):
    """WeRoBot on its WSGI server, sessions off: decrypt, parse, echo, encrypt; stores nothing."""
    from werkzeug.serving import WSGIRequestHandler, make_server
    from werobot import WeRoBot

    robot = WeRoBot(token=TOKEN, encoding_aes_key=KEY, app_id=APP_ID, enable_session=False)

    @robot.text
    def echo(message):
        return message.content

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    WSGIRequestHandler.log_request = lambda *_args, **_kwargs: None
    robot.config["HOST"] = "127.0.0.1"
    make_server("127.0.0.1", port, _mounted(robot.wsgi), threaded=True).serve_forever()


def _mounted(wsgi):
    def app(environ, start_response):
        environ["PATH_INFO"] = "/robot/" if environ["PATH_INFO"] == "/" else environ["PATH_INFO"]
        return wsgi(environ, start_response)

    return app


def _echo():
    from wechatpy import create_reply, parse_message
    from wechatpy.crypto import WeChatCrypto

    crypto = WeChatCrypto(TOKEN, KEY, APP_ID)

    def answer(body, query):
        xml = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(xml)
        return crypto.encrypt_message(
            create_reply(message.content, message).render(), query["nonce"], query["timestamp"]
        )

    return answer


PEERS = {"bare": bare, "aiohttp_wechatpy": aiohttp_wechatpy, "flask_wechatpy": flask_wechatpy, "werobot": werobot}

if __name__ == "__main__":
    os.nice(0)
    PEERS[sys.argv[1]](int(sys.argv[2]))
