"""The runtime of scenes: calls become commit units."""

from enscene.scenes.runtime.call import Actor, Call, Reply
from enscene.scenes.runtime.compiled import CompiledPack, RunningScene
from enscene.scenes.runtime.host import SceneHost

__all__ = ["Actor", "Call", "CompiledPack", "Reply", "RunningScene", "SceneHost"]
