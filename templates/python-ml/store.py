"""Where the job keeps its things: a data set in one bucket, a model in another.

There is no endpoint, key or region in this code. `devenv up` puts them into the sandbox's environment, so the same
lines work against the MinIO beside the sandbox and against any other S3.
"""

import hashlib
import io
from dataclasses import dataclass

import boto3
import joblib
import numpy as np
from botocore.exceptions import ClientError
from sklearn.datasets import load_digits

DATASETS, MODELS = "datasets", "models"
DATASET_KEY = "digits.npz"
MODEL_KEY = "digits.joblib"


@dataclass(frozen=True)
class Dataset:
    """1,797 images of 8 x 8 pixels from 0 (white) to 16 (black), a row of 64 each, and the digit each one shows."""

    images: np.ndarray
    labels: np.ndarray
    checksum: str


@dataclass(frozen=True)
class Model:
    """A trained classifier and what is known about it: accuracy, data and code it came from, when, on which cores."""

    classifier: object
    facts: dict[str, str]
    etag: str


def client():
    return boto3.client("s3")


def ensure_dataset(s3):
    """Put scikit-learn's digits into the bucket, unless they are there."""
    if _head(s3, DATASETS, DATASET_KEY):
        return
    digits = load_digits()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=digits.data, labels=digits.target)
    s3.put_object(Bucket=DATASETS, Key=DATASET_KEY, Body=buffer.getvalue())
    print(f"put {len(digits.target)} images into s3://{DATASETS}/{DATASET_KEY}")


def read_dataset(s3):
    body = s3.get_object(Bucket=DATASETS, Key=DATASET_KEY)["Body"].read()
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return Dataset(arrays["images"], arrays["labels"], hashlib.sha256(body).hexdigest())


def write_model(s3, classifier, facts):
    """Store the model and its facts as one object, so that nobody ever reads one without the other."""
    buffer = io.BytesIO()
    joblib.dump(classifier, buffer)
    s3.put_object(Bucket=MODELS, Key=MODEL_KEY, Body=buffer.getvalue(), Metadata=facts)


def read_model(s3):
    # Loading a joblib file runs code from it: read models only from a bucket that is yours, as this one is.
    answer = s3.get_object(Bucket=MODELS, Key=MODEL_KEY)
    classifier = joblib.load(io.BytesIO(answer["Body"].read()))
    return Model(classifier, answer["Metadata"], answer["ETag"])


def model_facts(s3):
    """Return the stored model's facts without reading the model, or None when there is none."""
    head = _head(s3, MODELS, MODEL_KEY)
    return head and head["Metadata"]


def model_etag(s3):
    head = _head(s3, MODELS, MODEL_KEY)
    return head and head["ETag"]


def _head(s3, bucket, key):
    try:
        return s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        # A missing object is an answer; a missing bucket or a refused key is not, but HEAD says 404 for both.
        if error.response["Error"]["Code"] == "404":
            return None
        raise
