"""What happens by itself: timers that fall due, triggers that read the log."""

from enscene.scenes.reactions.event import Event, event_roots
from enscene.scenes.reactions.log_reader import LogReader
from enscene.scenes.reactions.reactor import Due, Reactor, Reader

__all__ = ["Due", "Event", "LogReader", "Reactor", "Reader", "event_roots"]
