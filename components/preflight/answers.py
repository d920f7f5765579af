"""Why AWS did not answer, read from botocore's errors."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from botocore import exceptions
from botocore.parsers import ResponseParserError

from components import aws_errors
from components.preflight.questions import NoAnswer, Why

Answer = TypeVar("Answer")
# botocore's names of what ends a question, by why. Codes differ from service to service.
CODES: Mapping[Why, frozenset[str]] = {
    Why.CREDENTIALS: frozenset(
        {
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        }
    ),
    Why.DENIED: frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OptInRequired"}),
    Why.THROTTLED: frozenset(
        {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"}
    ),
    # A service that is not there answers with a page of HTML, and botocore takes its status for a code.
    Why.NOT_SERVED: frozenset({"404", "405", "500", "501", "InvalidAction", "UnknownOperationException"}),
}
MISSING_CREDENTIALS = (
    exceptions.CredentialRetrievalError,
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.ProfileNotFound,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.UnauthorizedSSOTokenError,
)
# Where a reservation or a type does not exist, and where its id cannot be one.
ABSENT = frozenset(
    {
        "InvalidCapacityReservationId.NotFound",
        "InvalidCapacityReservationId.Malformed",
        "InvalidInstanceType",
        "InvalidParameterValue",
        "NoSuchResourceException",
    }
)


def known(call: str, ask: Callable[[], Answer]) -> Answer | None:
    """The answer, None where what was asked about does not exist."""

    def answer() -> Answer | None:
        try:
            return ask()
        except exceptions.ClientError as error:
            if aws_errors.code(error) in ABSENT:
                return None
            raise

    return asked(call, answer)


def asked(call: str, ask: Callable[[], Answer]) -> Answer:
    """Raises NoAnswer for whatever keeps AWS from answering."""
    try:
        return ask()
    except exceptions.ClientError as error:
        code = aws_errors.code(error)
        why = next((why for why, codes in CODES.items() if code in codes), Why.REFUSED)
        # A page of HTML says nothing.
        text = "" if why is Why.NOT_SERVED else f"{code}: {aws_errors.message(error)}"
        raise NoAnswer(why, call, text) from error
    except MISSING_CREDENTIALS as error:
        raise NoAnswer(Why.CREDENTIALS, call, _line(error)) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise NoAnswer(Why.UNREACHABLE, call, _line(error)) from error
    except ResponseParserError as error:
        raise NoAnswer(Why.NOT_SERVED, call, "") from error
    except (exceptions.BotoCoreError, ValueError) as error:
        raise NoAnswer(Why.REFUSED, call, _line(error)) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
