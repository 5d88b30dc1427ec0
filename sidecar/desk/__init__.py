"""The desk's answer: is this card blocked, by what, what exactly frees it, and what will happen by itself."""

from sidecar.desk.answer import Answer
from sidecar.desk.answering import answer
from sidecar.desk.circumstances import Circumstances, circumstances_of
from sidecar.desk.spoken import Paragraph, Spoken, spoken
from sidecar.desk.telling import DeskPages

__all__ = [
    "Answer",
    "Circumstances",
    "DeskPages",
    "Paragraph",
    "Spoken",
    "answer",
    "circumstances_of",
    "spoken",
]
