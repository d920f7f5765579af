from typing import TypedDict

class ErrorBody(TypedDict):
    Code: str
    Message: str

class ResponseMetadata(TypedDict):
    HTTPStatusCode: int
    HTTPHeaders: dict[str, str]

class ErrorResponse(TypedDict):
    Error: ErrorBody
    ResponseMetadata: ResponseMetadata

class BotoCoreError(Exception): ...
class EndpointConnectionError(BotoCoreError): ...
class NoCredentialsError(BotoCoreError): ...
class ProfileNotFound(BotoCoreError): ...

class ClientError(Exception):
    response: ErrorResponse
    operation_name: str
    def __init__(self, error_response: ErrorResponse, operation_name: str) -> None: ...
