"""Danger that cannot wait: what a petition says that puts it into the fast lane (D8).

Words only raise the urgency, never lower it; an officer puts it right with one verb.
"""

import re

from complaints.limits import Priority
from data.collation import normalize

DANGER = re.compile(
    r"漏電|觸電|電線.{0,6}(?:垂|掉|斷|裸露)|電線桿.{0,6}(?:倒|斜|歪)|瓦斯.{0,4}(?:外洩|漏|味)"
    r"|坍塌|倒塌|快倒|要倒了|地基.{0,4}(?:流失|掏空)|路面.{0,4}(?:塌陷|下陷)|天坑"
    r"|(?:人孔|水溝|排水溝|孔)蓋.{0,6}(?:不見|破|掀|翻|掉|沒了)"
    r"|(?:招牌|磁磚|磚|水泥塊|鐵皮|玻璃|樹枝|路樹).{0,8}(?:快掉|要掉|掉落|掉下|砸|剝落|壓到|倒下)"
    r"|(?:鋼筋|鐵釘|玻璃).{0,4}(?:外露|裸露).{0,10}(?:小孩|兒童|受傷)|有人.{0,6}(?:受傷|摔傷|跌傷|被困)"
)
NOT_NOW = re.compile(r"如果|假如|萬一|會不會|怎麼防|之前|去年|已經修")


def urgency_of(text: str) -> Priority:
    """Most urgent when the text speaks of present danger to people, else ordinary."""
    plain = normalize(text)
    for sentence in re.split(r"[。！？!?；;\n]+", plain):
        if DANGER.search(sentence) and not NOT_NOW.search(sentence):
            return Priority.MOST_URGENT
    return Priority.ORDINARY
