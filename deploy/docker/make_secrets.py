"""``make secrets``: passwords for docker-compose.yml, each made once and kept in files."""

import argparse
import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from shared.contract.services import SERVICES, Peer

OWNER = "examlens"
DATABASE = "examlens"
VIRTUAL_HOST = "examlens"
PLAIN = ("postgres_owner", "grafana_admin", "redis", "s3_access_key", "s3_secret_key")


class SecretFiles:
    """A directory of secrets; whatever stands in it already is kept."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # Containers run as other users, so the files are readable and the folder is not.
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)

    def password(self, name: str) -> str:
        """The password in the file ``name``, made when there is none."""
        return self._once(name, lambda: secrets.token_hex(24))

    def write(self, name: str, text: str) -> None:
        """Write what follows from the passwords, unless it stands there already."""
        path = self._directory / name
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.read_text() == text:
            return
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o444)

    def placeholder(self, name: str) -> None:
        """An empty file, for a secret that only the operator knows."""
        self._once(name, str)

    def _once(self, name: str, make: Callable[[], str]) -> str:
        path = self._directory / name
        if not path.exists():
            self.write(name, make())
        return path.read_text()


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's rabbit_password_hashing_sha256: four bytes of salt, then the digest."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def with_password_hashes(definitions: str, password_of: Callable[[str], str]) -> str:
    """The definitions, each user with the hash of its password."""
    document = json.loads(definitions)
    for user in document["users"]:
        # From the name, so that the same passwords give the same file.
        salt = hashlib.sha256(user["name"].encode()).digest()[:4]
        user["password_hash"] = password_hash(password_of(user["name"]), salt)
        user["hashing_algorithm"] = "rabbit_password_hashing_sha256"
    return json.dumps(document, indent=2) + "\n"


def make_secrets(directory: Path, definitions: Path) -> None:
    """Fill ``directory``; existing passwords stay, so that it may be called at any time."""
    files = SecretFiles(directory)
    for name in PLAIN:
        files.password(name)
    # Reads statistics for Prometheus; see MONITORING in shared/db/roles.py.
    files.password("roles/monitoring")
    files.placeholder("model_api_key")

    def broker_password(user: str) -> str:
        return files.password(f"rabbitmq/{user}")

    files.write(
        "rabbitmq_definitions.json",
        with_password_hashes(definitions.read_text(), broker_password),
    )
    # For KEDA, which asks the management interface how long the queues are.
    monitoring = f"http://monitoring:{broker_password('monitoring')}@rabbitmq:15672/{VIRTUAL_HOST}"
    files.write("keda_host", monitoring)
    owner = files.password("postgres_owner")
    files.write("migrate_database_url", _database_url(OWNER, owner))
    for service in SERVICES:
        # Its role in PostgreSQL (shared/db/roles.py) and its user at RabbitMQ.
        user = f"examlens_{service.name}"
        password = files.password(f"roles/{service.name}")
        files.write(f"{service.name}_database_url", _database_url(user, password))
        if Peer.BROKER in service.peers:
            address = f"amqp://{user}:{broker_password(user)}@rabbitmq:5672/{VIRTUAL_HOST}"
            files.write(f"{service.name}_amqp_url", address)
    files.write(
        "s3.env",
        f"AWS_ACCESS_KEY_ID={files.password('s3_access_key')}\n"
        f"AWS_SECRET_ACCESS_KEY={files.password('s3_secret_key')}\n"
        "AWS_ENDPOINT=http://s3:8333\nAWS_ALLOW_HTTP=true\nAWS_REGION=us-east-1\n",
    )
    files.write("s3.json", _s3_identities(files))
    files.write("redis_url", f"redis://:{files.password('redis')}@redis:6379/0")
    files.write("redis.conf", f'requirepass {files.password("redis")}\nappendonly no\nsave ""\n')


def _s3_identities(files: SecretFiles) -> str:
    """SeaweedFS's list of who may do what."""
    keys = {
        "accessKey": files.password("s3_access_key"),
        "secretKey": files.password("s3_secret_key"),
    }
    identity = {"name": "examlens", "credentials": [keys], "actions": ["Read", "Write", "List"]}
    return json.dumps({"identities": [identity]}, indent=2) + "\n"


def _database_url(user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@postgres:5432/{DATABASE}"


def name_directory(environment: Path, directory: Path) -> None:
    """Tell compose, which reads ``environment`` by itself, where the secrets are."""
    lines = environment.read_text().splitlines() if environment.exists() else []
    if not any(line.startswith("EXAMLENS_SECRETS=") for line in lines):
        lines.append(f"EXAMLENS_SECRETS=./{directory.as_posix()}")
        environment.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Work from the project's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path("deploy/secrets"))
    parser.add_argument("--environment", type=Path, default=Path(".env"))
    given = parser.parse_args()
    make_secrets(given.directory, Path("deploy/rabbitmq/definitions.json"))
    name_directory(given.environment, given.directory)


if __name__ == "__main__":
    main()
