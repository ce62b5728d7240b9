"""Has schemathesis try the API of a running platform: makes what its cases need to reach behind
`404` and `403`, and then becomes `schemathesis run`. It must never know what the platform does.

    python run.py ORIGIN ACCOUNTS FOLDER [OPTIONS OF schemathesis run]

ACCOUNTS is the platform's `accounts.json`; FOLDER takes everything that is written.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import requests

HERE = Path(__file__).resolve().parent
PASSWORD = "correct horse battery"
WAIT_S = 60


class Caller:
    """Somebody who signed in."""

    def __init__(self, origin, email, password):
        self.origin, self.email, self.password = origin, email, password
        self.session = requests.Session()
        signed_in = self.call("POST", "/auth/login", {"email": email, "password": password})
        self.session.headers["authorization"] = f"Bearer {signed_in['accessToken']}"

    def call(self, method, path, body=None, headers=None):
        """Returns the answer's JSON; anything but success ends the run."""
        answer = self.session.request(
            method, f"{self.origin}/api/v1{path}", json=body, headers=headers, timeout=30
        )
        if not answer.ok:
            sys.exit(f"{method} {path} was answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None


def register(origin, name):
    """Makes a tenant and returns its id and its first admin."""
    body = {
        "tenantName": name.title(),
        "subdomain": name,
        "email": f"{name}@example.com",
        "password": PASSWORD,
    }
    answer = requests.post(f"{origin}/api/v1/auth/register", json=body, timeout=30)
    answer.raise_for_status()
    made = answer.json()
    href = made["operation"]["href"]
    wait(lambda: requests.get(origin + href, timeout=30).json()["status"] == "succeeded", href)
    return made["tenantId"], made["operation"]["id"], Caller(origin, body["email"], PASSWORD)


def make_website(caller, name):
    """Makes a website of two published pages and a draft and returns its id."""
    site = caller.call("POST", "/websites", {"name": name.title(), "subdomain": name})["id"]
    wait(lambda: caller.call("GET", f"/websites/{site}")["status"] == "Active", site)
    for slug in ["", "about", "draft"]:
        draft = {
            "title": slug or "Home",
            "slug": slug,
            "content": {"format": "markdown", "value": f"# {name}\n\nHello, **world**."},
        }
        page = caller.call("POST", f"/websites/{site}/pages", draft)["id"]
        if slug != "draft":
            caller.call("POST", f"/websites/{site}/pages/{page}/publish")
    return site


def wait(is_done, what):
    """Waits for something that is under way."""
    for _ in range(WAIT_S * 10):
        if is_done():
            return
        time.sleep(0.1)
    sys.exit(f"{what} was not done in time")


def ids(caller, path):
    """Returns the ids of a list's items."""
    return [item["id"] for item in caller.call("GET", path)["items"]]


def cursor(caller, path):
    """Returns the cursor of a list's second page."""
    return caller.call("GET", f"{path}?limit=1")["nextCursor"]


def prepare(origin, accounts, folder):
    """Writes who signs in, what is there, and what must stay."""
    demo = Caller(origin, **accounts["demo"])
    operator = Caller(origin, **accounts["operator"])
    neighbour_id, _, neighbour = register(origin, "neighbour")
    spare_id, operation, spare = register(origin, "spare")
    # So that it may have more than one website, and is not refused for asking too often: before it asks for anything.
    operator.call("PUT", f"/admin/tenants/{neighbour_id}/tier", {"tier": "Enterprise"})
    demo_id = demo.call("GET", "/tenant/profile")["id"]
    docs = ids(demo, "/websites")[0]
    site, other = make_website(demo, "tried"), make_website(neighbour, "other")
    words = {
        "websites": [site] * 6 + [docs, other],
        "pages": ids(demo, f"/websites/{site}/pages") * 2 + ids(neighbour, f"/websites/{other}/pages")[:1],
        "releases": ids(demo, f"/websites/{site}/releases") * 2
        + ids(neighbour, f"/websites/{other}/releases")[:1],
        "tenants": [spare_id, neighbour_id],
        "operations": [operation],
        "cursors": [
            cursor(demo, "/websites"),
            cursor(demo, f"/websites/{site}/pages"),
            cursor(demo, f"/websites/{site}/releases"),
            cursor(neighbour, f"/websites/{other}/pages"),
            cursor(operator, "/admin/tenants"),
        ],
        "problems": ["not_found", "forbidden"],
        # Of nobody whom cases sign in as: whoever gets a second tenant has to say which is meant.
        "emails": [spare.email],
        "passwords": [spare.password],
    }
    for name, values in words.items():
        lines = "".join(f'"{value}"\n' for value in values)
        (folder / f"{name}.dict").write_text(lines, encoding="utf-8")
    people = [("demo", demo), ("operator", operator), ("neighbour", neighbour)]
    write(folder / "auth.json", {"auth": [sign_in(name, person) for name, person in people]})
    kept = {"tenants": [demo_id, neighbour_id], "spareTenant": spare_id, "websites": [docs, site]}
    write(folder / "kept.json", kept)


def sign_in(name, person):
    """Says how one of the people signs in (Web Fuzzing Commons)."""
    return {
        "name": name,
        "loginEndpointAuth": {
            "endpoint": "/api/v1/auth/login",
            "verb": "POST",
            "contentType": "application/json",
            "payloadUserPwd": {
                "usernameField": "email",
                "username": person.email,
                "passwordField": "password",
                "password": person.password,
            },
            "token": {
                "extractFrom": "body",
                "extractSelector": "/accessToken",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def write(path, value):
    """Writes JSON."""
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")


def main():
    """Prepares, and becomes the run."""
    origin, accounts, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    prepare(origin, json.loads(accounts.read_text(encoding="utf-8")), folder)
    for name in ["schemathesis.toml", "hooks.py"]:
        shutil.copy(HERE / name, folder / name)
    os.chdir(folder)
    program = Path(sys.executable).with_name("schemathesis")
    arguments = [str(program), "run", f"{origin}/api/v1/openapi.json", *sys.argv[4:]]
    os.environ["PYTHONPATH"] = str(folder)
    os.execv(program, arguments)


main()
