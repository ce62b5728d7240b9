"""Starts the emulator of AWS that the deployment is checked on.

The emulator evaluates policies by itself. Six things that it does not know are added here, because
without them what AWS allows is refused: the condition key `dynamodb:LeadingKeys` (the partition keys
that a request names), that a batch of messages is allowed by the action of one message, that a mail
is sent as an identity, the domain of its sender, that a policy's variables stand for the request's
values, the condition key `s3:if-none-match` (whether an object is only written where none is), and that whom a role's trust policy names may take it on without a policy of its own, in the
same account. What they mean to the policies stays the emulator's affair.

Each action that it refuses is noted in the file DENIALS, a line with the principal and the action.

It listens twice: on GATEWAY_PORT over TLS, because the bucket refuses whoever comes without, and on
PLAIN_PORT for whoever proves the deployment on this machine.
"""

import json
import os
import re
from dataclasses import replace
from email.utils import parseaddr
from typing import Any, Iterator, TextIO

from hypercorn.config import Config
from ministack.core import iam_actions, iam_evaluator, tls
from ministack.services import dynamodb

LEADING_KEYS = "dynamodb:LeadingKeys"
TAKE_ON = "sts:AssumeRole"

# Source: the service authorization reference of Amazon S3, PutObject.
IF_NONE_MATCH = "s3:if-none-match"

# Sources: the service authorization references of Amazon DynamoDB and Amazon SQS.
BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

# Source: the service authorization reference of Amazon SES v2, SendEmail.
OUTBOUND_MAIL = "/v2/email/outbound-emails"

# A policy variable without a default. Source: the IAM user guide, "Policy variables and tags".
VARIABLE = re.compile(r"\$\{([\w:/.-]+)\}")

TRANSACTION_PARTS = ("Put", "Update", "Delete", "ConditionCheck", "Get")


class ItemArn(str):
    """A table's name in one part of a transaction, with the partition keys of that part."""

    leading_keys: list[str] = []


def partition_key(table: str, index: str | None = None) -> str | None:
    """Returns the name of a table's or an index's partition key."""
    name = table.rsplit("/", 1)[-1]
    described = dynamodb._tables.get(name)
    if described is None:
        return None
    schemas = [described] if index is None else described.get("GlobalSecondaryIndexes") or []
    for schema in schemas:
        if index is None or schema.get("IndexName") == index:
            for part in schema.get("KeySchema") or []:
                if part.get("KeyType") == "HASH":
                    return part.get("AttributeName")
    return None


def text(value: Any) -> str:
    """Returns an attribute value as a condition sees it."""
    return str(next(iter(value.values()))) if isinstance(value, dict) and value else ""


def key_of(table: str, item: Any) -> list[str]:
    """Returns the partition key of an item or of its key."""
    name = partition_key(table)
    return [text(item[name])] if isinstance(item, dict) and name in item else []


def queried(body: dict) -> Iterator[str]:
    """Finds what a query's condition says of the partition key."""
    name = partition_key(body.get("TableName", ""), body.get("IndexName"))
    names = body.get("ExpressionAttributeNames") or {}
    values = body.get("ExpressionAttributeValues") or {}
    words = body.get("KeyConditionExpression", "").replace("=", " = ").split()
    for left, sign, right in zip(words, words[1:], words[2:]):
        left, right = left.strip("()"), right.strip("()")
        if sign == "=" and names.get(left, left) == name and right in values:
            yield text(values[right])


def leading_keys(body: dict) -> list[str]:
    """Returns the partition keys of a request that is no transaction."""
    keys: list[str] = []
    table = body.get("TableName", "")
    keys += key_of(table, body.get("Key"))
    keys += key_of(table, body.get("Item"))
    keys += queried(body)
    for name, wanted in (body.get("RequestItems") or {}).items():
        if isinstance(wanted, dict):
            for key in wanted.get("Keys") or []:
                keys += key_of(name, key)
        else:
            for write in wanted:
                keys += key_of(name, (write.get("PutRequest") or {}).get("Item"))
                keys += key_of(name, (write.get("DeleteRequest") or {}).get("Key"))
    return keys


def parsed(body: bytes) -> dict:
    """Reads a request; one that is no JSON object names no keys."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def filled(part: Any, request: iam_evaluator.EvalContext) -> Any:
    """Puts the request's values in the place of variables; LookupError where it has no such value."""
    if isinstance(part, dict):
        return {key: filled(value, request) for key, value in part.items()}
    if isinstance(part, list):
        return [filled(value, request) for value in part]
    if not isinstance(part, str):
        return part

    def value_of(variable: re.Match) -> str:
        value = iam_evaluator._resolve_condition_key(variable[1], request)
        if not isinstance(value, str):
            raise LookupError(variable[1])
        return value

    return VARIABLE.sub(value_of, part)


def applying(
    statements: list[iam_evaluator.ParsedStatement], request: iam_evaluator.EvalContext
) -> Iterator[iam_evaluator.ParsedStatement]:
    """Returns the statements as they read for a request, without those that lack a variable's value."""
    for statement in statements:
        try:
            yield replace(
                statement,
                resources=filled(statement.resources, request),
                not_resources=filled(statement.not_resources, request),
                conditions=filled(statement.conditions, request),
            )
        except LookupError:
            continue


def teach(denials: TextIO) -> None:
    """Gives the emulator the condition keys, the actions of batches, the identity of mail, policy
    variables and the word of trust policies, and has it note refusals."""
    action_of, mail_of, context_of, object_of, checks_of, first_match, enforce = (
        iam_actions.extract_iam_action,
        iam_actions._ses_v2_resource_arn,
        iam_actions.dynamodb_service_context,
        iam_actions._s3_object_context,
        iam_actions.dynamodb_transaction_checks,
        iam_evaluator._first_match,
        iam_evaluator.enforce,
    )

    def action(*request):
        found = action_of(*request)
        return BATCHES.get(found, found)

    def mail(method: str, path: str, body: bytes, region: str, account: str) -> str:
        sender = parsed(body).get("FromEmailAddress") if path == OUTBOUND_MAIL else None
        if not isinstance(sender, str):
            return mail_of(method, path, body, region, account)
        domain = parseaddr(sender)[1].rpartition("@")[2]
        return f"arn:aws:ses:{region}:{account}:identity/{domain}"

    def context(body: bytes) -> dict:
        keys = leading_keys(parsed(body))
        return {**context_of(body), **({LEADING_KEYS: keys} if keys else {})}

    def written(iam_action: str, query: dict, path: str, headers: dict) -> dict:
        found = object_of(iam_action, query, path, headers)
        condition = headers.get("if-none-match") if iam_action == "s3:PutObject" else None
        return {**found, **({IF_NONE_MATCH: condition} if condition else {})}

    def checks(operation: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        parts = []
        for item in parsed(body).get("TransactItems") or []:
            for part in TRANSACTION_PARTS:
                named = item.get(part)
                if isinstance(named, dict):
                    key = named.get("Item") or named.get("Key")
                    parts.append(key_of(named.get("TableName", ""), key))
        found = checks_of(operation, body, region, account)
        keyed = []
        for (item_action, arn), keys in zip(found, parts, strict=True):
            arn = ItemArn(arn)
            arn.leading_keys = keys
            keyed.append((item_action, arn))
        return keyed

    def match(request, statements, effect):
        return first_match(request, applying(statements, request), effect)

    def enforced(key, action, service, region, resource_arn="*", service_context=None):
        if isinstance(resource_arn, ItemArn):
            service_context = {**(service_context or {}), LEADING_KEYS: resource_arn.leading_keys}
        result = enforce(key, action, service, region, resource_arn, service_context)
        if action == TAKE_ON and getattr(result, "decision", None) == "ImplicitDeny":
            # The role's trust policy is looked at next: it names who may take the role on.
            return None
        if isinstance(result, iam_evaluator.EvalResult):
            denials.write(f"{result.principal_arn} {action}\n")
        return result

    iam_actions.extract_iam_action = action
    iam_actions._ses_v2_resource_arn = mail
    iam_actions.dynamodb_service_context = context
    iam_actions._s3_object_context = written
    iam_actions.dynamodb_transaction_checks = checks
    iam_evaluator._first_match = match
    iam_evaluator.enforce = enforced


def listen_twice() -> None:
    """Has functions trust the emulator's certificate, and opens the second port."""
    os.environ["USE_SSL"] = "1"
    certificate, _ = tls.resolve_tls_material()
    os.environ["AWS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = certificate
    os.environ["AWS_ENDPOINT_URL"] = f"https://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    Config._insecure_bind = [f"127.0.0.1:{os.environ['PLAIN_PORT']}"]


if __name__ == "__main__":
    listen_twice()
    from ministack.app import main

    # A line at a time: whoever proves the deployment reads while this runs.
    with open(os.environ["DENIALS"], "w", buffering=1, encoding="utf-8") as notes:
        teach(notes)
        main()
