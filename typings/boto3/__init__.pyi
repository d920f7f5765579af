# The part of boto3 that is used here. A client is `object`: its caller casts it to a Protocol of the calls it makes.
from botocore.config import Config
from botocore.credentials import Credentials

class Session:
    def __init__(self, *, profile_name: str | None = None, region_name: str | None = None) -> None: ...
    @property
    def region_name(self) -> str | None: ...
    def get_credentials(self) -> Credentials | None: ...
    def client(
        self,
        service_name: str,
        region_name: str | None = None,
        *,
        endpoint_url: str | None = None,
        config: Config | None = None,
    ) -> object: ...

def client(
    service_name: str,
    region_name: str | None = None,
    *,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    config: Config | None = None,
) -> object: ...
