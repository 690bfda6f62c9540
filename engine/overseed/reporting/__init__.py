"""The report: pictures, charts and words about a run, put on one self-contained page.

Nothing here knows a run folder: the stage ``report`` reads it and hands over a
:class:`~overseed.reporting.content.RunContent`.
"""
