"""OpenFGA's own client for Python, against a store of this server:

    chancery admin stores create drive
    chancery admin stores add-key STORE quickstart --level manage
    FGA_API_URL=https://id.example/fga FGA_STORE_ID=STORE FGA_API_TOKEN=KEY python quickstart.py
"""

import asyncio
import datetime
import json
import os
import pathlib

from openfga_sdk import ClientConfiguration, OpenFgaClient
from openfga_sdk.client.models import (
    ClientAssertion,
    ClientBatchCheckItem,
    ClientBatchCheckRequest,
    ClientCheckRequest,
    ClientExpandRequest,
    ClientListObjectsRequest,
    ClientReadChangesRequest,
    ClientTuple,
    ClientWriteRequest,
)
from openfga_sdk.client.models.list_users_request import ClientListUsersRequest
from openfga_sdk.credentials import CredentialConfiguration, Credentials
from openfga_sdk.exceptions import ValidationException
from openfga_sdk.models import FgaObject, ReadRequestTupleKey, RelationshipCondition, UserTypeFilter

MODEL = json.loads(pathlib.Path(__file__).with_name("model.json").read_text(encoding="utf-8"))
PLAN = "document:plan"


def configuration():
    token = CredentialConfiguration(api_token=os.environ["FGA_API_TOKEN"])
    return ClientConfiguration(
        api_url=os.environ["FGA_API_URL"],
        store_id=os.environ["FGA_STORE_ID"],
        credentials=Credentials(method="api_token", configuration=token),
    )


async def refused(answer, words):
    try:
        await answer
    except ValidationException as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"not refused: {words}")


async def main():
    async with OpenFgaClient(configuration()) as fga:
        # A model: it is checked whole, and never changes once it is written.
        written = await fga.write_authorization_model(MODEL)
        fga.set_authorization_model_id(written.authorization_model_id)
        latest = await fga.read_latest_authorization_model()
        assert latest.authorization_model.id == written.authorization_model_id

        # Anne is of sales, sales reads the folder, the plan is in the folder. An agent reads it for an hour.
        now = datetime.datetime.now(datetime.timezone.utc)
        until = (now + datetime.timedelta(hours=1)).isoformat()
        in_time = RelationshipCondition(name="in_time", context={"until": until})
        await fga.write(
            ClientWriteRequest(
                writes=[
                    ClientTuple(user="user:anne", relation="member", object="group:sales"),
                    ClientTuple(user="group:sales#member", relation="viewer", object="folder:q3"),
                    ClientTuple(user="folder:q3", relation="parent", object=PLAN),
                    ClientTuple(user="agent:helper", relation="viewer", object=PLAN, condition=in_time),
                ]
            )
        )

        def check(user, context=None):
            return fga.check(ClientCheckRequest(user=user, relation="can_read", object=PLAN, context=context))

        assert (await check("user:anne")).allowed
        assert not (await check("user:bob")).allowed
        assert (await check("agent:helper", {"now": now.isoformat()})).allowed
        assert not (await check("agent:helper", {"now": "2199-01-01T00:00:00Z"})).allowed
        await refused(check("agent:helper"), "missing context parameters")

        # From the answer to a write on, nobody hears the old answer.
        block = [ClientTuple(user="user:anne", relation="blocked", object=PLAN)]
        await fga.write(ClientWriteRequest(writes=block))
        assert not (await check("user:anne")).allowed
        await fga.write(ClientWriteRequest(deletes=block))
        assert (await check("user:anne")).allowed
        again = [ClientTuple(user="user:anne", relation="member", object="group:sales")]
        await refused(fga.write(ClientWriteRequest(writes=again)), "already exist")

        # Many questions at once.
        items = [
            ClientBatchCheckItem(user=user, relation="can_read", object=PLAN, correlation_id=name)
            for name, user in (("anne", "user:anne"), ("bob", "user:bob"))
        ]
        answers = (await fga.batch_check(ClientBatchCheckRequest(checks=items))).result
        assert {answer.correlation_id: answer.allowed for answer in answers} == {"anne": True, "bob": False}

        # What, who, and why.
        question = ClientListObjectsRequest(user="user:anne", relation="can_read", type="document")
        assert (await fga.list_objects(question)).objects == [PLAN]
        streamed = [one.object async for one in fga.streamed_list_objects(question)]
        assert streamed == [PLAN], streamed
        who = ClientListUsersRequest(
            object=FgaObject(type="folder", id="q3"), relation="viewer", user_filters=[UserTypeFilter(type="user")]
        )
        assert [user.object.id for user in (await fga.list_users(who)).users] == ["anne"]
        tree = (await fga.expand(ClientExpandRequest(relation="can_read", object=PLAN))).tree
        assert tree.root.name == f"{PLAN}#can_read"

        # Tuples as they stand, and all that became of them.
        assert len((await fga.read(ReadRequestTupleKey(object=PLAN))).tuples) == 2
        changes = await fga.read_changes(ClientReadChangesRequest(type=""))
        assert len(changes.changes) == 6, changes

        # What the authors of the model expect of it.
        await fga.write_assertions([ClientAssertion(user="user:anne", relation="can_read", object=PLAN, expectation=True)])
        assert (await fga.read_assertions()).assertions[0].expectation is True
    print("the quickstart for Python went through")


if __name__ == "__main__":
    asyncio.run(main())
