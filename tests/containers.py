"""PostgreSQL and RabbitMQ in containers, for machines that have Docker but neither of them."""

import os
import time
from typing import Protocol, Self

import pika
import pika.exceptions
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer

POSTGRES_IMAGE = os.environ.get("EXAMLENS_POSTGRES_IMAGE", "postgres:18-bookworm")
RABBITMQ_IMAGE = os.environ.get("EXAMLENS_RABBITMQ_IMAGE", "rabbitmq:4-management")
PATIENCE_SECONDS = 90.0


class BrokerServer(Protocol):
    """A RabbitMQ that a test may disturb, wherever it runs."""

    @property
    def url(self) -> str: ...

    def control(self, *arguments: str) -> str: ...


def is_docker_there() -> bool:
    """Whether a Docker engine answers."""
    try:
        return bool(DockerContainer(POSTGRES_IMAGE).get_docker_client().client.ping())
    except (DockerException, OSError):
        return False


class ContainerPostgres:
    """A server in a container, removed with its data at the end."""

    def __init__(self) -> None:
        self._container = (
            DockerContainer(POSTGRES_IMAGE)
            .with_env("POSTGRES_USER", "postgres")
            .with_env("POSTGRES_PASSWORD", "test")
            .with_command("postgres -c fsync=off -c max_connections=200")
            .with_exposed_ports(5432)
        )

    @property
    def url(self) -> str:
        host = self._container.get_container_host_ip()
        port = self._container.get_exposed_port(5432)
        return f"postgresql://postgres:test@{host}:{port}/postgres"

    def start(self) -> Self:
        """Start the server and wait until it takes connections over TCP."""
        self._container.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        # While the image sets its data up, a first server listens on the socket only.
        while self._container.exec(["pg_isready", "-q", "-h", "127.0.0.1"]).exit_code != 0:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{POSTGRES_IMAGE} takes no connections")
            time.sleep(0.3)
        return self

    def stop(self) -> None:
        self._container.stop()


class ContainerRabbitmq:
    """One broker node in a container."""

    def __init__(self) -> None:
        self._container = (
            DockerContainer(RABBITMQ_IMAGE)
            .with_env("RABBITMQ_DEFAULT_USER", "test")
            .with_env("RABBITMQ_DEFAULT_PASS", "test")
            .with_exposed_ports(5672)
        )

    @property
    def url(self) -> str:
        host = self._container.get_container_host_ip()
        return f"amqp://test:test@{host}:{self._container.get_exposed_port(5672)}/%2F"

    def start(self) -> Self:
        """Start the node and wait until a client can log in."""
        self._container.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._takes_connections():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{RABBITMQ_IMAGE} takes no connections")
            time.sleep(0.5)
        return self

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` with ``arguments`` in the container and return what it prints."""
        answer = self._container.exec(["rabbitmqctl", "-q", *arguments])
        output = answer.output.decode()
        if answer.exit_code != 0:
            raise RuntimeError(output)
        return str(output)

    def stop(self) -> None:
        self._container.stop()

    def _takes_connections(self) -> bool:
        parameters = pika.URLParameters(self.url + "?socket_timeout=5&connection_attempts=1")
        try:
            pika.BlockingConnection(parameters).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True
