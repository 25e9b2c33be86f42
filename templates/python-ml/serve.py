"""Serve the model from the bucket over HTTP, trained first where this data and this code have none yet.

GET  /healthz                           200 when the model is loaded, with what is known about it
GET  /predict?index=N                   the digit in image N of the data set, and its label
POST /predict {"pixels": [64 numbers]}  the digit in an image of yours (0 is white, 16 is black, row by row)

A new model (`python train.py`) is served from the next request on.
"""

import json
import os
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

import store
import train

PORT = int(os.environ.get("PORT", "8000"))
PIXELS, DARKEST = 64, 16
LARGEST_BODY = 16 * 1024


class BadRequest(Exception):
    """The request is wrong; the text says how."""


class Predictor:
    """The data set and the newest model, both from their buckets."""

    def __init__(self, s3, dataset):
        self._s3 = s3
        self._lock = threading.Lock()
        self._dataset = dataset
        self._model = store.read_model(s3)

    @property
    def facts(self):
        return self._model.facts

    def newest(self):
        with self._lock:
            if store.model_etag(self._s3) != self._model.etag:
                self._model = store.read_model(self._s3)
            return self._model

    def by_index(self, text):
        count = len(self._dataset.labels)
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < count):
            raise BadRequest(f"index must be a whole number from 0 to {count - 1}, not {text[:20]!r}")
        index = int(text)
        return {
            "index": index,
            "digit": self._classify(self._dataset.images[index]),
            "label": int(self._dataset.labels[index]),
        }

    def by_pixels(self, pixels):
        if not isinstance(pixels, list) or len(pixels) != PIXELS:
            got = f"a list of {len(pixels)}" if isinstance(pixels, list) else f"a {type(pixels).__name__}"
            raise BadRequest(f"pixels must be a list of {PIXELS} numbers, not {got}")
        for position, value in enumerate(pixels):
            # In Python True is a number, and in its JSON NaN is one.
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= DARKEST:
                raise BadRequest(f"pixels[{position}] must be a number from 0 to {DARKEST}, not {json.dumps(value)}")
        return {"digit": self._classify(pixels)}

    def _classify(self, image):
        return int(self.newest().classifier.predict([image])[0])


class Handler(BaseHTTPRequestHandler):
    predictor: Predictor
    timeout = 30

    def do_GET(self):
        self._answer(self._get)

    def do_POST(self):
        self._answer(self._post)

    def _get(self, path, query):
        if path == "/healthz":
            return {"status": "ok", "model": self.predictor.facts}
        if path == "/predict":
            if "index" not in query:
                raise BadRequest('say which image: /predict?index=0, or POST {"pixels": [...]}')
            return self.predictor.by_index(query["index"][0])
        return None

    def _post(self, path, query):
        if path != "/predict":
            return None
        try:
            body = json.loads(self.rfile.read(self._body_length()))
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"the body is not JSON: {error}") from None
        if not isinstance(body, dict) or "pixels" not in body:
            raise BadRequest('the body must be {"pixels": [64 numbers]}')
        return self.predictor.by_pixels(body["pixels"])

    def _body_length(self):
        text = self.headers.get("Content-Length", "")
        if not (text.isascii() and text.isdigit()):
            raise BadRequest("the request has no Content-Length")
        if len(text) > 10 or int(text) > LARGEST_BODY:
            raise BadRequest(f"the body is larger than {LARGEST_BODY} bytes")
        return int(text)

    def _answer(self, handle):
        url = urlsplit(self.path)
        try:
            answer = handle(url.path, parse_qs(url.query))
            status = HTTPStatus.OK if answer else HTTPStatus.NOT_FOUND
        except BadRequest as error:
            status, answer = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        except (BotoCoreError, ClientError) as error:
            self.log_error("%s", error)
            status, answer = HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the bucket of the model cannot be reached"}
        self._send(status, answer or {"error": "there is /healthz and /predict"})

    def _send(self, status, answer):
        body = json.dumps(answer).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        # The health check asks every few seconds; the log is for what people ask.
        if not self.path.startswith("/healthz"):
            super().log_request(code, size)


def main():
    s3 = store.client()
    store.ensure_dataset(s3)
    dataset = store.read_dataset(s3)
    train.ensure_model(s3, dataset)
    Handler.predictor = Predictor(s3, dataset)
    server = ThreadingHTTPServer(("", PORT), Handler)
    facts = Handler.predictor.facts
    print(f"serving on port {PORT} the model trained {facts['trained-at']} (accuracy {facts['accuracy']})")
    server.serve_forever()


if __name__ == "__main__":
    main()
