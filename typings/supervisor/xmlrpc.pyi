import xmlrpc.client

class SupervisorTransport(xmlrpc.client.Transport):
    def __init__(
        self, username: str | None = None, password: str | None = None, serverurl: str | None = None
    ) -> None: ...
