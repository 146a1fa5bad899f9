"""Says for each secret whether the reference library of Standard Webhooks accepts a request."""

import importlib.metadata
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

question = json.load(sys.stdin)


def accepts(secret):
    try:
        Webhook(secret).verify(question["body"], question["headers"])
    except WebhookVerificationError:
        return False
    return True


version = importlib.metadata.version("standardwebhooks")
answer = [accepts(secret) for secret in question["secrets"]]
json.dump({"package": "standardwebhooks", "version": version, "answer": answer}, sys.stdout)
