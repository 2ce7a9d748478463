"""What must never reach a chat is taken out of foreign text: `redactor.Redactor` is the door (ADR 14).

Two nets: the patterns of a library that is kept up by others (`library`), and the patterns of what that
library misses (`patterns`, `numbers`). A net has holes: where people's health is in the logs, no line of
them leaves the process at all.
"""
