"""Every session key, in one place: who writes it, what it holds. Widgets that need no memory have no key here."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

# worklist
WORKLIST_SEARCH = "worklist.search"
WORKLIST_STATE = "worklist.state"
WORKLIST_MODALITY = "worklist.modality"
WORKLIST_SPECIMEN = "worklist.specimen"
WORKLIST_ORDER = "worklist.order"
WORKLIST_TAG = "worklist.tag"
WORKLIST_SIGNED = "worklist.signed"
WORKLIST_SYNTHETIC = "worklist.synthetic"
WORKLIST_STALE = "worklist.stale"
WORKLIST_SINCE = "worklist.since"
WORKLIST_UNTIL = "worklist.until"
WORKLIST_FILTERS = "worklist.filters"  # core.doors.desk.Filters as they stood last, for who comes back to the page
WORKLIST_PAGE = "worklist.page"  # from 0
WORKLIST_PICKED = "worklist.picked"  # ids of the cases that are ticked, on whichever page they stand
WORKLIST_OPEN = "worklist.open"  # the case whose tags, notes and deletion are looked at; '' for none
# two runs of a case
COMPARE_OLD = "compare.old"
COMPARE_NEW = "compare.new"
COMPARE_MOVE = "compare.move"  # (was, now): whose cells are shown
# upload
UPLOAD_ROUND = "upload.round"  # counts up when a case was made, so that every upload widget starts empty
UPLOAD_CHECKED = "upload.checked"  # components.checks.Checked of the files at hand
UPLOAD_MANY = "upload.many"  # components.manifest_upload.Looked of the manifest and files at hand
UPLOAD_TAKEN = "upload.taken"  # what became of the rows of the last manifest
# case
CASE_CLASS = "case.class"  # the class whose cells are shown
CASE_PICKED = "case.picked"  # ids of cells picked elsewhere (a lasso, a list); () for no restriction
CASE_FOCUS = "case.focus"  # one cell: the field viewer goes to it, the gallery scrolls to it
CASE_FOUND = "case.found"  # the cell whose focus was set in the field viewer, which then need not come into view itself
CASE_BOARD = "case.board"  # by gallery: reviews written since the page was drawn, the last batch's answer
CASE_FIELD = "case.field"
CASE_SECTION = "case.section"  # which part of a smear's page is shown
CASE_BUDGET = "case.budget"  # whose error budget is shown
CASE_FIELD_SHARE = "case.field_share"  # which share the fields' contributions are of
CASE_MARKER = "case.marker"  # label-free: the marker whose distribution is shown
CASE_CUTS = "case.cuts"  # label-free: cut-offs entered here, by marker
CASE_SHAPE = "case.shape"  # label-free: violins, ridges or histograms
CASE_AXES = "case.axes"  # label-free: what the scatter shows, across and up
CASE_DRAG = "case.drag"  # label-free: lasso or box
CASE_ROUND = "case.round"  # label-free: counts up when what was picked is let go, so that the scatter starts clean
CASE_BRANCH = "case.branch"  # label-free: whose share of the gate is shown
# review
REVIEW_PART = "review.part"  # by case: which part of the review page is shown
REVIEW_CELL = "review.cell"  # by case: whose history is shown; "" for all cells
REVIEW_LINES = "review.lines"  # by case: how many lines of the history are shown
REVIEW_OBSERVER = "review.observer"  # by case: as whom somebody reads where nobody can sign in
# report
REPORT_PAPER = "report.paper"  # by case: A4 or Letter
REPORT_PAGE = "report.page"  # by case and number of pages: which page is looked at
REPORT_PROBLEM = "report.problem"  # why a case was not filed, told once
# robustness
ROBUSTNESS_CELLS = "robustness.cells"  # by case: how many cells to test
ROBUSTNESS_SETTINGS = "robustness.settings"  # by case: which surroundings
ROBUSTNESS_SHOWN = "robustness.shown"  # by case: how many changed cells are shown
ROBUSTNESS_CHANGES = "robustness.changes"  # by case: which changes the curves are of
ROBUSTNESS_SHARE = "robustness.share"  # by case: whose curves are shown
# slide; each by case and slide
SLIDE_CHOSEN = "slide.chosen"  # by case: which of its slides is looked at
SLIDE_REGIONS = "slide.regions"  # the regions as they stand
SLIDE_TURN = "slide.turn"  # counts up when other regions are put in their place
SLIDE_UNTIL = "slide.until"  # when to stop
SLIDE_CELLS = "slide.cells"
SLIDE_WIDTH = "slide.width"
SLIDE_SHARE = "slide.share"
SLIDE_ORDER = "slide.order"
SLIDE_AGAIN = "slide.again"  # a slide that was looked at is to be looked at again
SLIDE_ROUND = "slide.round"  # counts up when a slide was added, so that the upload starts empty
# cohort
COHORT_SEARCH = "cohort.search"
COHORT_SPECIMEN = "cohort.specimen"
COHORT_TAG = "cohort.tag"
COHORT_CENTRE = "cohort.centre"
COHORT_SCANNER = "cohort.scanner"
COHORT_STAIN = "cohort.stain"
COHORT_SINCE = "cohort.since"
COHORT_UNTIL = "cohort.until"
COHORT_SYNTHETIC = "cohort.synthetic"
COHORT_FILTERS = "cohort.filters"  # core.doors.desk.Filters as they stood last, for who comes back to the page
COHORT_SECTION = "cohort.section"
COHORT_KIND = "cohort.kind"  # id of the group of comparable cases that is looked at
COHORT_NUMBER = "cohort.number"  # the column whose spread is shown
COHORT_SHARE = "cohort.share"  # the share whose outliers are shown
COHORT_BY = "cohort.by"  # drift by scanner, centre or stain
COHORT_GROUP = "cohort.group"  # which of them
# teaching
TEACHING_PART = "teaching.part"  # quiz, score or decks
TEACHING_CHOSEN = "teaching.chosen"  # the practice that is chosen
TEACHING_PRACTICE = "teaching.practice"  # core.teaching.practice.Practice at hand
TEACHING_ACK = "teaching.ack"  # client → number of its last answer that was kept
TEACHING_PROBLEM = "teaching.problem"  # why answers of the last batch could not be kept
TEACHING_KIND = "teaching.kind"  # whose score: photographs or drawn cells
TEACHING_AGAINST = "teaching.against"  # labels of which origin a score is against
TEACHING_FIELD = "teaching.field"  # (truth, given) of the matrix whose cells are shown
COMPOSITE_CLASS = "composite.class"  # the class whose criteria are shown
# summary, on whichever page
SUMMARY_PART = "summary.part"  # by case: what is open below the text
SUMMARY_LINES = "summary.lines"  # by case: the text areas of the editor
SUMMARY_SURE = "summary.sure"  # by case: what was found may identify nobody
SUMMARY_PROBLEM = "summary.problem"  # by case: why the last act was refused, told once
SUMMARY_CHANGED = "summary.changed"  # a version was kept: the whole page is drawn anew
SUMMARY_VERSION = "summary.version"  # by case: the version that is looked at
# administration
SENDING_PROBLEM = "sending.problem"  # why the switch could not be turned, told once
# audit trail
TRAIL_CASE = "trail.case"
TRAIL_ACTOR = "trail.actor"
TRAIL_ACTION = "trail.action"
TRAIL_SINCE = "trail.since"
TRAIL_UNTIL = "trail.until"
TRAIL_PAGES = "trail.pages"  # the filter, and below which number each page up to this one starts
TRAIL_CHECKED = "trail.checked"  # what the last check of the whole found
# daily control
CONTROL_LOT = "control.lot"
# board
BOARD_EDITED = "board.edited"  # id of the board that is being changed; '' for a new one
BOARD_ROUND = "board.round"  # counts up when a form is done with, so that every widget of it starts anew
BOARD_PROBLEM = "board.problem"  # why the last act was refused, told once
# any page
FLASH = "frame.flash"  # words to say once, on the next page

T = TypeVar("T")


def get(key: str, default: T) -> T:
    """What the session holds under `key`, set to `default` first if nothing is there."""
    return st.session_state.setdefault(key, default)


def put(key: str, value: object) -> None:
    st.session_state[key] = value


def forget(key: str) -> None:
    st.session_state.pop(key, None)


def upload_key(name: str) -> str:
    """A widget key of this round of the upload page."""
    return f"upload.{get(UPLOAD_ROUND, 0)}.{name}"


def flash(words: str) -> None:
    """Say this on the next page."""
    put(FLASH, words)


def take_flash() -> str:
    return str(st.session_state.pop(FLASH, ""))
