"""The addresses of a running `smot up`: printed when it is ready, and kept in the data folder for other commands."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from runtime.config.private_file import replace_file
from runtime.errors import CommandFailed


class DeploymentNotFound(CommandFailed):
    """`smot up` was never started on the folder."""


class DeploymentFile(BaseModel):
    """Addresses of one `smot up`.

    - `docs`: the API's documentation.
    - `psp`: the payment provider.
    - `carriers`: the carrier simulator.
    - `admin_key_file`: the platform admin's key, readable by its owner only.
    - `data`: the data folder.
    """

    api: str
    docs: str
    psp: str
    carriers: str = ""
    temporal: str
    admin_key_file: str
    data: str

    def write(self, file: Path) -> "DeploymentFile":
        """Write the file, replacing that of an earlier start."""
        replace_file(file, self.model_dump_json(indent=2) + "\n")
        return self

    @classmethod
    def read(cls, file: Path) -> "DeploymentFile":
        """Read the file. Raises DeploymentNotFound."""
        try:
            return cls.model_validate_json(file.read_text())
        except FileNotFoundError:
            raise DeploymentNotFound(
                f"nothing was started in {file.parent}; run `smot up` there first"
            ) from None
        except ValidationError:
            raise DeploymentNotFound(f"{file} is damaged; start `smot up` there again") from None

    def ready_line(self) -> str:
        """One line for programs that wait for the start."""
        return f"ready {self.model_dump_json()}"


def last_addresses(file: Path) -> dict[str, str]:
    """The addresses of the last start on the folder, by name; none before the first."""
    try:
        addresses: dict[str, str] = DeploymentFile.read(file).model_dump()
    except DeploymentNotFound:
        return {}
    return addresses
