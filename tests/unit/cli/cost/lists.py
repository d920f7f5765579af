"""Price lists of AWS's documented form, and a server that serves them."""

import csv
import io
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PUBLISHED = "2026-11-20T10:00:00Z"
# The columns of the lists of EC2 and FSx that matter here, as AWS spells them, with others between.
HEADER = (
    *("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange"),
    *("EndingRange", "Unit", "PricePerUnit", "Currency", "Product Family", "serviceCode", "Location Type"),
    *("Instance Type", "Tenancy", "Operating System", "License Model", "Pre Installed S/W", "CapacityStatus"),
    *("usageType", "File System Type", "Storage Type", "Throughput Capacity", "Region Code", "MarketOption"),
)
BASE = {
    "SKU": "AAAA",
    "TermType": "OnDemand",
    "StartingRange": "0",
    "EndingRange": "Inf",
    "Currency": "USD",
    "Location Type": "AWS Region",
    "Region Code": "us-east-1",
}
P5: Mapping[str, str] = {
    "Product Family": "Compute Instance",
    "Instance Type": "p5.48xlarge",
    "Tenancy": "Shared",
    "Operating System": "Linux",
    "License Model": "No License required",
    "Pre Installed S/W": "NA",
    "CapacityStatus": "Used",
    "MarketOption": "OnDemand",
    "usageType": "BoxUsage:p5.48xlarge",
    "Unit": "Hrs",
    "PricePerUnit": "55.0400000000",
}
NAT: Mapping[str, str] = {
    "Product Family": "NAT Gateway",
    "usageType": "NatGateway-Hours",
    "Unit": "Hrs",
    "PricePerUnit": "0.0450000000",
}
GP3: Mapping[str, str] = {
    "Product Family": "Storage",
    "usageType": "EBS:VolumeUsage.gp3",
    "Unit": "GB-Mo",
    "PricePerUnit": "0.0800000000",
}
EC2: tuple[Mapping[str, str], ...] = (P5, NAT, GP3)


def text(rows: Iterable[Mapping[str, str]]) -> str:
    """Lines of a CSV as AWS writes them: every field in quotes."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        writer.writerow([{**BASE, **row}.get(column, "") for column in HEADER])
    return out.getvalue()


def head(code: str = "AmazonEC2", header: Iterable[str] = HEADER) -> str:
    """The six lines before the prices."""
    metadata = {
        "FormatVersion": "v1.0",
        "Disclaimer": 'Prices are subject to terms, "as they stand"',
        "Publication Date": PUBLISHED,
        "Version": "20261120100000",
        "OfferCode": code,
    }
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([*metadata.items(), list(header)])
    return out.getvalue()


def price_list(rows: Iterable[Mapping[str, str]] = EC2, code: str = "AmazonEC2") -> bytes:
    """A whole list."""
    return (head(code) + text(rows)).encode()


Answer = tuple[int, int | None, Iterable[bytes]]
"""Status, Content-Length and what is sent."""


@contextmanager
def serving(answers: Mapping[str, Answer]) -> Generator[str]:
    """The address of a server with an answer for each path; 404 for any other."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, length, blocks = answers.get(self.path, (404, 0, ()))
            self.send_response(status)
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            try:
                for block in blocks:
                    self.wfile.write(block)
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                # The client has seen enough.
                return

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
