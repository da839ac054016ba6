"""Webhooks (Standard Webhooks 1.0): applications are told of events instead of asking for them."""

from enscene.api.webhooks.post import Poster
from enscene.api.webhooks.serve import WebhooksDoor
from enscene.api.webhooks.settings import WebhookSettings, webhook_settings
from enscene.api.webhooks.sign import BadWebhook, verify
from enscene.api.webhooks.target import Rules
from enscene.api.webhooks.worker import WebhookWorker

__all__ = [
    "BadWebhook",
    "Poster",
    "Rules",
    "WebhookSettings",
    "WebhookWorker",
    "WebhooksDoor",
    "verify",
    "webhook_settings",
]
