"""Follows the links that a running platform sends to mailboxes, taken out of what a mail server received. It must
never know how the platform makes them.

    python walk.py ORIGIN MAILBOX

MAILBOX is the folder (Maildir) into which the server puts what it receives.
"""

import email
import email.policy
import re
import sys
import time
from pathlib import Path

import requests

WAIT_S = 60
ADDRESS = "grace@mailbox.example"
PASSWORDS = ["correct horse battery", "a horse of another colour"]


class Walk:
    """Somebody with a browser and a mailbox."""

    def __init__(self, origin, mailbox):
        self.origin, self.folder, self.read = origin, Path(mailbox) / "new", set()

    def ask(self, path, body, status):
        """Asks for something, which must be answered so."""
        answer = requests.post(f"{self.origin}/api/v1{path}", json=body, timeout=30)
        if answer.status_code != status:
            sys.exit(f"{path} was answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    def next_mail(self):
        """Waits for the next message and returns it."""
        for _ in range(WAIT_S * 10):
            for path in sorted(self.folder.glob("*")):
                if path.name not in self.read:
                    message = email.message_from_bytes(
                        path.read_bytes(), policy=email.policy.default
                    )
                    self.read.add(path.name)
                    if message["To"] == ADDRESS:
                        return message
            time.sleep(0.1)
        sys.exit("no mail came")

    def token(self, subject, page):
        """Takes the token out of the link in the next message, which both of its parts must have."""
        message = self.next_mail()
        if message["Subject"] != subject:
            sys.exit(f"not the mail that was asked for: {message['Subject']}")
        found = set()
        for kind in ["plain", "html"]:
            text = message.get_body((kind,)).get_content().replace("&#x2f;", "/")
            links = re.findall(r"(https?://[^\s\"<]+)/([\w-]+)#token=([\w.-]+)", text)
            if not links or any(link[:2] != (self.origin, page) for link in links):
                sys.exit(f"the links lead elsewhere: {links}")
            found.update(link[2] for link in links)
        if len(found) != 1:
            sys.exit(f"not one token: {found}")
        return found.pop()


def main(origin, mailbox):
    walk = Walk(origin, mailbox)
    person = {"email": ADDRESS, "password": PASSWORDS[0]}
    new = {"tenantName": "Mailbox", "subdomain": "mailbox"} | person
    walk.ask("/auth/register", new, 202)
    token = walk.token("Confirm your e-mail address", "verify")
    walk.ask("/auth/verify", {"token": token}, 204)
    walk.ask("/auth/password/forgot", {"email": "nobody@mailbox.example"}, 204)
    walk.ask("/auth/password/forgot", {"email": ADDRESS}, 204)
    token = walk.token("Set another password", "reset-password")
    reset = {"token": token, "newPassword": PASSWORDS[1]}
    walk.ask("/auth/password/reset", reset, 204)
    walk.ask("/auth/password/reset", reset, 410)
    walk.ask("/auth/login", person, 401)
    walk.ask("/auth/login", person | {"password": PASSWORDS[1]}, 200)
    print(f"{len(walk.read)} mails came, and their links were followed")


if __name__ == "__main__":
    main(*sys.argv[1:])
