"""Settings: secrets and addresses from the environment, read once, frozen, all faults named together."""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.faults import BadConfig
from config.templates import TemplateOf, read_templates

# channel word -> the secrets an account of it must have, as keys of its table in accounts.toml (each names a variable)
SECRETS_OF = {
    "official_account": ("token", "aes_key", "secret"),
    "wecom_app": ("token", "aes_key", "secret"),
    "wecom_robot": ("token", "aes_key"),
    "customer_service": ("token", "aes_key", "secret"),
    "group_robot": ("webhook_key",),
    "customer_group": ("secret",),
    "webhook": ("secret",),
}
# channel word -> the public identifiers it must have
IDS_OF = {
    "official_account": ("app_id",),
    "wecom_app": ("corp_id", "agent_id"),
    "wecom_robot": (),
    "customer_service": ("corp_id", "open_kfid"),
    "group_robot": (),
    "customer_group": ("corp_id", "sender"),
    "webhook": ("url",),
}
MODES = ("safe", "compatible", "plain")


@dataclass(frozen=True, slots=True)
class Account:
    """One account on a platform: what it is called there and the secrets that prove us."""

    channel: str
    code: str  # our name for it, the last part of its callback address
    name: str = ""
    mode: str = "safe"  # official_account: safe, compatible, plain
    app_id: str = ""  # official_account: wx…
    corp_id: str = ""  # WeCom: ww…
    agent_id: int = 0
    open_kfid: str = ""
    sender: str = ""  # customer_group: the member who owns the groups and taps to send
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    previous_aes_key: str = field(default="", repr=False)  # still tried while messages of the old key are in flight
    secret: str = field(default="", repr=False)
    webhook_key: str = field(default="", repr=False)
    url: str = ""  # webhook: where the subscriber hears
    private: bool = False  # webhook: an address inside our own network is meant
    templates: Mapping[str, TemplateOf] = field(default_factory=dict)  # by our word

    @property
    def receive_id(self) -> str:
        """Return the id that closes every encrypted buffer: appid, corpid, or "" for the smart robot."""
        if self.channel == "official_account":
            return self.app_id
        return "" if self.channel == "wecom_robot" else self.corp_id


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the service is told from outside."""

    home: Path
    database_url: str
    redis_url: str  # empty: start the embedded one
    office_dir: Path
    host: str
    port: int
    metrics_port: int  # where a process that hears nothing shows its health and numbers; 0: nowhere
    secret_keys: tuple[bytes, ...] = field(repr=False)  # the first seals, all open
    wechat_api_base: str
    wecom_api_base: str
    wecom_login_base: str  # where people scan to sign in
    oauth_base: str  # where people inside WeChat or WeCom say who they are
    public_url: str
    accounts: Mapping[tuple[str, str], Account]

    def account(self, channel: str, code: str) -> Account | None:
        """Return the account, or None if no such account is configured."""
        return self.accounts.get((channel, code))


class _Environment(BaseSettings):
    """The environment variables as published in design §6."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    LIANXIN_HOME: Path = Path("var")
    DATABASE_URL: str = ""
    REDIS_URL: str = ""
    LIANXIN_OFFICE: Path = Path("config/office")
    LIANXIN_HOST: str = "127.0.0.1"
    LIANXIN_PORT: int = Field(default=8080, ge=0, le=65535)
    LIANXIN_METRICS_PORT: int = Field(default=0, ge=0, le=65535)
    LIANXIN_SECRET_KEY: str = ""
    LIANXIN_PUBLIC_URL: str = ""
    WECHAT_API_BASE: str = "https://api.weixin.qq.com"
    WECOM_API_BASE: str = "https://qyapi.weixin.qq.com"
    WECOM_LOGIN_BASE: str = "https://login.work.weixin.qq.com"
    OAUTH_BASE: str = "https://open.weixin.qq.com"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature, here and below
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values only from the mapping we hand over: NAME, NAME_FILE and .env are merged there."""
        return (init_settings,)


def load_settings(env: Mapping[str, str] | None = None, *, need_accounts: bool = True) -> Settings:
    """Return the frozen settings, or raise BadConfig naming every fault at once.

    `env` replaces the process environment and `.env` (tests, demo). Without `need_accounts`
    (migrate, load, faq …) accounts whose secrets are absent are left out instead of being faults.
    """
    merged, faults = _merge(env)
    try:
        values = _Environment.model_validate(
            {k: v for k, v in merged.items() if k in _Environment.model_fields and v != ""}
        )
    except ValidationError as error:
        faults += [f"{'.'.join(str(part) for part in e['loc'])}：{e['msg']}" for e in error.errors()]
        raise BadConfig("\n".join(faults)) from None
    keys = _secret_keys(values.LIANXIN_SECRET_KEY, faults)
    accounts = _accounts(values.LIANXIN_OFFICE / "accounts.toml", merged, faults, need_accounts)
    if faults:
        raise BadConfig("\n".join(faults))
    home = values.LIANXIN_HOME
    return Settings(
        home=home,
        database_url=values.DATABASE_URL or f"sqlite:///{(home / 'lianxin.db').absolute()}",
        redis_url=values.REDIS_URL,
        office_dir=values.LIANXIN_OFFICE,
        host=values.LIANXIN_HOST,
        port=values.LIANXIN_PORT,
        metrics_port=values.LIANXIN_METRICS_PORT,
        secret_keys=keys,
        wechat_api_base=values.WECHAT_API_BASE.rstrip("/"),
        wecom_api_base=values.WECOM_API_BASE.rstrip("/"),
        wecom_login_base=values.WECOM_LOGIN_BASE.rstrip("/"),
        oauth_base=values.OAUTH_BASE.rstrip("/"),
        public_url=(values.LIANXIN_PUBLIC_URL or f"http://{values.LIANXIN_HOST}:{values.LIANXIN_PORT}").rstrip("/"),
        accounts=MappingProxyType(accounts),
    )


def _merge(env: Mapping[str, str] | None) -> tuple[dict[str, str], list[str]]:
    """Return NAME, NAME_FILE and .env as one mapping; the environment wins over .env."""
    faults: list[str] = []
    if env is None:
        env = {k: v for k, v in dotenv_values(".env").items() if v is not None} | dict(os.environ)
    merged = dict(env)
    for name, path in env.items():
        if name.endswith("_FILE") and name[:-5] not in env and path:
            try:
                merged[name[:-5]] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                if name[:-5] in _Environment.model_fields or name.startswith(("LIANXIN_", "WECHAT_", "WECOM_")):
                    faults.append(f"{name}：文件读不到（{error.strerror}），请检查路径与权限")
    return merged, faults


def _secret_keys(text: str, faults: list[str]) -> tuple[bytes, ...]:
    """Return the sealing keys, newest first; each is 32 bytes in base64."""
    keys = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        try:
            key = base64.b64decode(part, validate=True)
        except ValueError:
            key = b""
        if len(key) != 32:
            faults.append(
                "LIANXIN_SECRET_KEY：每把钥匙应为 32 字节的 base64（可用 python run.py key 生成）；"
                "轮换时新钥匙在前，以逗号分隔"
            )
            return ()
        keys.append(key)
    if not keys:
        faults.append("LIANXIN_SECRET_KEY 没有设置：用来加密电话与账号，缺了就不启动（可用 python run.py key 生成）")
    return tuple(keys)


def _accounts(path: Path, env: Mapping[str, str], faults: list[str], need_all: bool) -> dict[tuple[str, str], Account]:
    """Read accounts.toml: `[[official_account]] code = … token = "NAME_OF_VARIABLE"`."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(f"{path}：没有这个文件；它列出接入的公众号与企业微信账号")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}：不是正确的 TOML（{error}）")
        return {}
    accounts: dict[tuple[str, str], Account] = {}
    for channel, rows in tables.items():
        if channel not in SECRETS_OF or not isinstance(rows, list):
            faults.append(f"{path} [[{channel}]]：没有这种渠道；可用的有 {'、'.join(SECRETS_OF)}")
            continue
        for row in rows:
            account = _account(channel, row, f"{path.name} [[{channel}]] {row.get('code', '?')}", env, faults, need_all)
            if account is None:
                continue
            if (channel, account.code) in accounts:
                faults.append(f"{path.name} [[{channel}]]：代号 {account.code} 用了两次")
            accounts[channel, account.code] = account
    return accounts


def _account(
    channel: str, row: dict[str, Any], where: str, env: Mapping[str, str], faults: list[str], need_all: bool
) -> Account | None:
    """Return one account with its secrets filled in, or None if it is unusable; faults are noted."""
    before = len(faults)
    values: dict[str, Any] = {"channel": channel}
    known = {
        "code",
        "name",
        "mode",
        "app_id",
        "corp_id",
        "agent_id",
        "open_kfid",
        "sender",
        "templates",
        "url",
        "private",
    }
    secrets = {*SECRETS_OF[channel], "previous_aes_key"}
    for key, value in row.items():
        if key in secrets:
            secret = env.get(str(value), "")
            if secret:
                values[key] = secret
            elif key != "previous_aes_key":  # a missing secret stops the start; it never switches a check off
                if not need_all:
                    return None
                faults.append(f"{where}：环境变量 {value}（{key}）没有设置")
        elif key in known:
            values[key] = value
        else:
            faults.append(f"{where}：不认识的项 {key}")
    needed = ("code", *IDS_OF[channel], *SECRETS_OF[channel])
    faults.extend(f"{where}：缺少 {key}" for key in needed if not row.get(key))
    if "templates" in values:
        values["templates"] = read_templates(values["templates"], where, faults)
    if values.get("mode", "safe") not in MODES:
        faults.append(f"{where}：mode 应为 {'、'.join(MODES)} 之一")
    if channel == "webhook" and not str(row.get("url", "")).startswith("http" if row.get("private") else "https://"):
        faults.append(f"{where}：url 应为 https 网址；内网系统请加上 private = true")
    keys = [key for key in ("aes_key", "previous_aes_key") if key in values and len(values[key]) != 43]
    faults.extend(f"{where}：{key} 应为 43 个字符（EncodingAESKey）" for key in keys)
    return Account(**values) if len(faults) == before else None
