"""Voices over HTTP."""

from enscene.api.voices.serve import VoicesDoor

__all__ = ["VoicesDoor"]
