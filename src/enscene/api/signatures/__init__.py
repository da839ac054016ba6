"""Signed requests and answers (RFC 9421 with RFC 9530), as FAPI 2.0 has them for resources."""

from enscene.api.signatures.message_signatures import MessageSignatures, must_sign

__all__ = ["MessageSignatures", "must_sign"]
