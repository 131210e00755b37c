"""What a process reads before it serves, read once for all that are copied from it (`serving.Restartable`)."""

from service import cli as cli
from service.app import contract_as_text

contract_as_text()
