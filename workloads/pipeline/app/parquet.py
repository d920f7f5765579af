"""One column of a Parquet file, row by row. Apart, because pyarrow takes a moment to import."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from pyarrow import ArrowException
from pyarrow.parquet import ParquetFile

from workloads.stage.app.documents import PART_BYTES

END: Final = object()
_ROWS_AT_ONCE = 16


def column(file: BinaryIO, name: str) -> tuple[int, Iterator[object] | None]:
    """How many rows there are, and their values in one column, None where it has no such column.

    A text that is no UTF-8 comes as bytes. Raises ValueError or OSError where the file is not what Parquet promises.
    """
    try:
        # Pages as they are asked for, not whole row groups.
        found = ParquetFile(file, buffer_size=PART_BYTES, pre_buffer=False)
        known = found.schema_arrow.names
    except ArrowException as error:
        raise ValueError(str(error)) from None
    return found.metadata.num_rows, _values(found, name) if name in known else None


def _values(file: ParquetFile, name: str) -> Iterator[object]:
    try:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=[name]):
            for scalar in batch.column(0):
                try:
                    value = scalar.as_py()
                except UnicodeDecodeError as error:
                    value = error.object
                yield value
    except ArrowException as error:
        raise ValueError(str(error)) from None
