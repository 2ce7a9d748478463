"""Systems of kind `kubernetes`: one namespace each, through the official asynchronous client (ADR 0009).

`opening` is the door. The client takes 0.7 seconds and 60 MB to import, so nothing here imports it before a
namespace is opened, and then in a thread.
"""
