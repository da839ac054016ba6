"""The gateway: the same actions in the form that Chinese open platforms have, `POST /gateway`."""

from enscene.api.gateway_profile.serve import FormGateway

__all__ = ["FormGateway"]
