from collections.abc import Mapping

class Config:
    def __init__(
        self,
        *,
        region_name: str | None = None,
        signature_version: str | None = None,
        connect_timeout: float = 60,
        read_timeout: float = 60,
        max_pool_connections: int = 10,
        retries: Mapping[str, int | str] | None = None,
        s3: Mapping[str, str] | None = None,
    ) -> None: ...
