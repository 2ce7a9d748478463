"""Habits from a terminal are refused kindly, with what the same person may do here (AU-10, AU-51, AU-52)."""

from __future__ import annotations

from tests.scenarios.room import ALERTS, NOOR, OMAR, VERA, Room, text_of

WHY = {
    "kubectl": "it would act with the bot's rights, which nobody approved",
    "shell": "a shell in a container can do anything",
    "tunnel": "a tunnel into the cluster",
    "docker": "the containers belong to the cluster",
    "prune": "each node cleans up its own images",
    "database": "a database prompt shows whatever is asked of it",
    "remote": "the bot keeps no keys to machines",
}
REFUSED = {
    "auditron exec auditron-api -- /bin/sh": (WHY["shell"], "/ops auditron describe &lt;name&gt;"),
    "exec -it deployment/auditron-api sh": (WHY["shell"], "describe &lt;name&gt;"),
    "auditron port-forward svc/auditron-api 8080:80": (WHY["tunnel"], "/ops auditron health"),
    "kubectl get pods -n auditron": (WHY["kubectl"], "/ops auditron pods [deployment]"),
    "kubectl -n clinchat-rag get svc": (WHY["kubectl"], "/ops clinchat-rag services"),
    "kubectl get all": (WHY["kubectl"], "/ops auditron overview"),
    "KUBECTL logs auditron-worker-1": (WHY["kubectl"], "logs [name]"),
    "kubectl top pods": (WHY["kubectl"], "top-pods"),
    "kubectl describe pod x": (WHY["kubectl"], "describe &lt;name&gt;"),
    "kubectl exec -it x -- psql": (WHY["shell"], "logs [name]"),
    "kubectl frobnicate": (WHY["kubectl"], "/ops auditron overview"),
    "docker ps": (WHY["docker"], "/ops auditron pods"),
    "docker exec -it auditron_api sh": (WHY["shell"], "describe &lt;name&gt;"),
    "docker system prune -a": (WHY["prune"], "/ops auditron nodes"),
    "auditron psql -U auditron": (WHY["database"], "/ops auditron queue-stats"),
    "ssh node-1": (WHY["remote"], "describe &lt;name&gt;"),
}


async def test_a_habit_from_a_terminal_is_refused_with_what_there_is_instead(room: Room) -> None:
    for words, (why, instead) in REFUSED.items():
        await room.command(VERA, "/ops", words)
        told = await room.hears(VERA, f"`{words}` does not run here")
        assert why in text_of(told), words
        assert instead in text_of(told), words
        assert "no commands of other tools run from Slack" in text_of(told)
    refused = [one for one in room.events("answer-refused") if "other tools" in one["detail"]["rule"]]
    assert len(REFUSED) == len(refused)
    assert [] == room.from_bot() + room.from_bot(channel=ALERTS)


async def test_a_mention_is_refused_alike(room: Room) -> None:
    await room.say(VERA, "@countersign kubectl get pods")
    await room.hears(VERA, "`kubectl get pods` does not run here.*What you may do instead:.*pods")


async def test_only_what_this_person_may_do_is_offered(room: Room) -> None:
    await room.command(VERA, "/ops", "kubectl rollout restart deployment/auditron-api")
    told = text_of(await room.hears(VERA, "`kubectl rollout restart"))
    assert "The nearest thing here is restart, which policy does not give you." in told
    await room.command(OMAR, "/ops", "kubectl -n auditron rollout restart deployment/auditron-api")
    await room.hears(OMAR, "`/ops auditron restart &lt;deployment&gt; because &lt;reason&gt;`")
    await room.command(NOOR, "/ops", "kubectl get pods")
    assert "which policy does not give you" in text_of(await room.hears(NOOR, "`kubectl get pods`"))


async def test_what_nothing_here_is_like_points_to_help(room: Room) -> None:
    await room.command(VERA, "/ops", "credit-monitoring port-forward 80")
    await room.hears(VERA, "Policy gives you nothing like it here; `/ops help` lists|nearest thing here")


async def test_a_word_that_is_no_habit_is_still_an_unknown_command(room: Room) -> None:
    await room.command(VERA, "/ops", "executor auditron")
    await room.hears(VERA, "is no command that I know")
