"""Secrets in plain text: those that have to be found, and what only looks like one."""

import pytest

from policies import secrets
from policies.resource import PolicyResource
from policies.rules.workload import plain_secret
from tests.policies.judged import violations
from tests.policies.test_rules import WORKFLOW, deployment

HUNTER = "hunter2"
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1" * 18


def output(container: dict[str, object]) -> list[str]:
    return list(violations(plain_secret.RULE, deployment(container)))


def by_env(name: str, value: str) -> list[str]:
    return output({"env": [{"name": name, "value": value}]})


@pytest.mark.parametrize(
    "name",
    [
        *("PGPASSWORD", "MYSQL_PWD", "MYSQLPWD", "REDISPASSWORD", "DB_PASS", "SMTP_PASS", "dbPassword", "db-password"),
        *(
            "GITHUBTOKEN",
            "HF_TOKEN",
            "API_TOKEN",
            "openai_api_key",
            "OPENAI_APIKEY",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
        ),
        *(
            "SECRET_KEY",
            "JWT_SIGNING_KEY",
            "AZURE_STORAGE_ACCOUNT_KEY",
            "GOOGLE_CREDENTIALS",
            "KEY_PASSPHRASE",
            "SECRET",
        ),
    ],
)
def test_pgpassword_and_its_like_are_found_and_not_shown(name: str) -> None:
    found = by_env(name, HUNTER)
    assert len(found) == 1
    assert name in found[0]
    assert HUNTER not in found[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("TOKEN_LIMIT", "4096"),
            ("TOKEN_COUNT", "7"),
            ("MAX_TOKENS", "16"),
            ("MAX_TOKEN", "abc"),
            ("EOS_TOKEN", "</s>"),
        ),
        *(("PAD_TOKEN_ID", "0"), ("TOKEN_BUDGET", "1"), ("TOKENIZER", "llama"), ("TOKENIZERS_PARALLELISM", "false")),
        *(
            ("PASSWORD_FILE", "/x"),
            ("SECRET_NAME", "db"),
            ("TOKEN_TTL", "1h"),
            ("TOKEN_URL", "https://sts.example.org"),
        ),
        *(
            ("USE_TOKEN", "true"),
            ("API_KEY_HEADER", "x-api-key"),
            ("SECRETS_MANAGER", "aws"),
            ("PWD", "/app"),
            ("OLDPWD", "/"),
        ),
        *(
            ("PASS", "2"),
            ("FIRST_PASS", "quick"),
            ("PARTITION_KEY", "id"),
            ("PUBLIC_KEY", "x"),
            ("PASSWORDLESS", "yes"),
        ),
        *(
            ("DB_PASSWORD", "$(FROM_SECRET)"),
            ("DB_PASSWORD", ""),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/key.json"),
        ),
        *(("API_TOKEN", "arn:aws:secretsmanager:us-east-1:1:secret:x"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token")),
        *(("DATABASE_URL", "postgresql://user@db/x"), ("DATABASE_URL", "postgresql://user:$(PGPASSWORD)@db/x")),
        *(("NOTE", "each token is counted: see the docs"), ("ENDPOINT", "http://127.0.0.1:8000/v1?page=2")),
    ],
)
def test_a_token_limit_and_its_like_are_no_secrets(name: str, value: str) -> None:
    assert by_env(name, value) == []


@pytest.mark.parametrize(
    "value",
    [
        f"postgresql://user:{HUNTER}@db:5432/x",
        f"redis://:{HUNTER}@cache",
        f"https://me:{HUNTER}@git.example.org/x.git",
        f"user:{HUNTER}@tcp(db:3306)/x",
        f"host=db user=x password={HUNTER}",
        f"jdbc:postgresql://db/x?user=a&password={HUNTER}",
        f"Server=db;User Id=x;Password={HUNTER};",
        f'{{"user": "x", "password": "{HUNTER}"}}',
        f"Bearer {HUNTER * 3}",
        AWS,
        GITHUB,
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4",
    ],
)
def test_an_address_with_credentials_is_found_whatever_its_name(value: str) -> None:
    found = by_env("CONNECTION", value)
    assert len(found) == 1
    assert value not in found[0]
    assert HUNTER not in found[0]


@pytest.mark.parametrize(
    "container",
    [
        {"args": [f"--password={HUNTER}"]},
        {"args": ["--db-password", HUNTER]},
        {"command": ["serve", "--api-key"], "args": [HUNTER]},
        {"command": ["sh", "-c", f"export PGPASSWORD={HUNTER}; psql"]},
        {"command": ["sh", "-c", f"PGPASSWORD='{HUNTER}' psql -h db"]},
        {"command": ["/bin/sh", "-c", f"mysql -u root -p{HUNTER} x"]},
        {"command": ["sshpass", "-p", HUNTER, "ssh", "x"]},
        {"command": ["curl", "-u", f"me:{HUNTER}", "https://x"]},
        {"command": ["curl", "-H", f"Authorization: Bearer {HUNTER * 3}", "https://x"]},
        {"args": ["--from-literal=password=" + HUNTER]},
        {"args": [f"--uri=postgresql://me:{HUNTER}@db/x"]},
        {"args": [AWS]},
        {"livenessProbe": {"exec": {"command": ["redis-cli", "-a", HUNTER, "ping"]}}},
        {"readinessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": f"Bearer {HUNTER * 2}"}]}}},
        {"lifecycle": {"preStop": {"exec": {"command": ["app", "--token", HUNTER]}}}},
    ],
)
def test_a_secret_in_arguments_is_found_and_not_shown(container: dict[str, object]) -> None:
    found = output(container)
    assert found
    assert HUNTER not in "".join(found)
    assert AWS not in "".join(found)


@pytest.mark.parametrize(
    "command",
    [
        ["python3", "-m", "vllm", "--max-tokens", "16", "--tokenizer", "/model", "--token-limit=5"],
        ["serve", "--password-file", "/etc/p", "--secret-name", "db", "--api-key", "$(API_KEY)"],
        ["serve", "--token", "--verbose"],
        ["sh", "-c", 'PGPASSWORD=$(cat /run/p) psql; export TOKEN="$HF_TOKEN"; mysql -p x'],
        [
            "python3",
            "-c",
            'token = read(); login(token=token, password=os.environ["DB_PASSWORD"], api_key=settings.api_key)',
        ],
        ["docker", "run", "--user", "1000:1000", "-u", "0:0", "x"],
        ["serve", "--served-model-name", "aifactory", "--host", "127.0.0.1"],
    ],
)
def test_a_command_that_names_no_secret_passes(command: list[str]) -> None:
    assert output({"command": command}) == []


def test_a_script_and_a_parameter_of_a_workflow_are_judged() -> None:
    spec = {
        "arguments": {"parameters": [{"name": "db-password", "value": HUNTER}, {"name": "token-limit", "value": "5"}]},
        "templates": [
            {"name": "a", "script": {"source": f"psql postgresql://me:{HUNTER}@db/x"}},
            {"name": "b", "inputs": {"parameters": [{"name": "apiKey", "default": HUNTER}]}},
        ],
    }
    found = list(violations(plain_secret.RULE, PolicyResource(kind=WORKFLOW, props={"spec": spec})))
    assert [one.partition(" ")[0] for one in found] == [
        "spec.templates[a].containers[main].source",
        "spec.arguments.parameters[db-password]",
        "spec.templates[b].inputs.parameters[apiKey]",
    ]
    assert HUNTER not in "".join(found)


def test_a_password_that_is_a_number_is_one_and_a_token_is_none() -> None:
    assert secrets.is_held("DB_PASSWORD", "123456")
    assert not secrets.is_held("GPU_TOKEN", "123456")
