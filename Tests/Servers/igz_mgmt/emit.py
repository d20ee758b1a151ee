"""Emits events with the real igz_mgmt, as its documentation shows.

usage: emit.py URL USER TOKEN

One event by a login with user name and password, one audit event with an access key.
"""
import sys

import igz_mgmt

url, user, token = sys.argv[1:]

client = igz_mgmt.Client(endpoint=url, username=user, password=token)
client.login()
assert client.username == user, client.username
igz_mgmt.Event(
    source="mlrun-api",
    kind="Software.Project.Secret.Created",
    severity="info",
    classification="sec",
    visibility="external",
    description="A secret was created",
    parameters_text=[{"name": "project", "value": "p\"1"}],
    parameters_uint64=[{"name": "count", "value": 2**64 - 1}],
    affected_resources=[{"type": "project", "id_str": "p-1", "id": 1, "name": "first"}],
    tags=["a", "b"],
).emit(client)
client.close()

client = igz_mgmt.Client(endpoint=url, username=user, access_key=token)
igz_mgmt.AuditEvent(
    source="mlrun-api",
    kind="Security.User.Login.Failed",
    severity="warning",
    classification="audit",
    description="Somebody could not log in",
).emit(client)
client.close()

client = igz_mgmt.Client(endpoint=url, username=user, password=token + "x")
try:
    client.login()
except Exception as error:
    print("refused:", error)
else:
    sys.exit("a wrong password was taken")
