"""Launch by API: templates, requests, the life of scenes. Only a door: the rules stand in
`enscene.operations`, and the console goes by the same ones."""

from enscene.api.launch.serve import Launch

__all__ = ["Launch"]
