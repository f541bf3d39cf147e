"""Programs that are to die: forked from one process that has imported and read everything.

`python -m tests.crash.nursery FOLDER DATABASE_URL` reads one job a line (JSON) and answers each
with the number of the process. A program is born like this in a fifth of the time that Python
alone needs to start.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from starlette.testclient import TestClient

from app import logs
from app import office as roof
from app import settings as setting
from data.database import reading
from faq.keeping.index import Shelf
from faq.language.words import WordFiles, Words
from tests.crash import fuse
from tests.crash.clock import Hurried
from tests.served import create_web


def main() -> None:
    """Fork a program for each job until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they died
    shelf = _warm(Path(sys.argv[1]), sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            _live(job, shelf)
        print(child, flush=True)


def _warm(folder: Path, url: str) -> Shelf:
    """What every program reads first: words, the index, the routes of the web application."""
    shelf = Shelf(Words(WordFiles.shipped(), folder))
    office = roof.build(setting.Settings(database_url=url, data_dir=folder), shelf=shelf)
    with reading(office.engine) as tx:
        shelf.current(tx).words.cues("身分證不見了")
    TestClient(create_web(office), raise_server_exceptions=False).get("/nowhere")
    office.engine.dispose()  # a connection must not be shared by two processes
    return shelf


def _live(job: dict[str, Any], shelf: Shelf) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for one in (1, 2):
        os.dup2(log, one)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(job["environment"])
    if job["step"] in fuse.STEPS:
        fuse.lay(job["step"], job["nth"])
    logs.set_up()
    settings = setting.read()
    office = roof.build(settings, Hurried(*job["clock"]), shelf)
    uvicorn.run(
        create_web(office),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
    )
    os._exit(0)


if __name__ == "__main__":
    main()
