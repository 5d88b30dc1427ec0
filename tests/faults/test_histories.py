"""A bounded part of the histories; `make faults` runs many more, and longer ones."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.faults.compositions import AllTogether, BrakedHistories, DriftHistories
from tests.faults.histories import Histories
from tests.faults.portions import portion
from tests.faults.running import run_histories
from tests.faults.words import WordHistories


def test_every_write_is_one_that_the_rules_allow_at_that_instant() -> None:
    run_histories(Histories, examples=12, steps=25, derandomize=True)


def test_the_words_of_a_policy_mean_what_they_say_while_loans_and_records_move() -> None:
    run_histories(WordHistories, examples=8, steps=12, derandomize=True)


def test_rows_that_vanish_in_numbers_stay_missed_until_somebody_says_what_is_to_become_of_them() -> None:
    run_histories(DriftHistories, examples=10, steps=12, derandomize=True)


def test_what_the_brakes_hold_stays_held_until_it_is_approved_or_no_longer_wanted() -> None:
    run_histories(BrakedHistories, examples=10, steps=12, derandomize=True)


def test_all_that_together_breaks_none_of_it() -> None:
    run_histories(AllTogether, examples=8, steps=15, derandomize=True)


def test_a_portion_of_histories_can_be_given_to_a_process_of_its_own() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        done = pool.submit(portion, Histories, 1, 3).result()
    assert done.wrong == ()
    assert done.tally["histories"] == 1
