"""Where a running deployment is: told on its ready line, kept in its folder for the commands that come later."""

from pathlib import Path

from pydantic import BaseModel


class DeploymentNotFound(RuntimeError):
    """Nothing was ever started on that folder."""


class DeploymentFile(BaseModel):
    """Addresses of one `smot up`. `carriers`: the simulator of carriers. `admin_key_file`: readable by its owner only."""

    api: str
    docs: str
    psp: str
    carriers: str = ""
    temporal: str
    admin_key_file: str
    data: str

    def write(self, file: Path) -> "DeploymentFile":
        """Written down for `smot verify` and others; the newest start wins."""
        file.write_text(self.model_dump_json(indent=2) + "\n")
        return self

    @classmethod
    def read(cls, file: Path) -> "DeploymentFile":
        """Raises DeploymentNotFound."""
        try:
            return cls.model_validate_json(file.read_text())
        except FileNotFoundError:
            raise DeploymentNotFound(
                f"nothing was started in {file.parent}; run `smot up` there first"
            ) from None

    def ready_line(self) -> str:
        """One line for machines to wait for."""
        return f"ready {self.model_dump_json()}"
