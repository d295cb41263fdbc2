"""The tables of detection: what was ingested, from where, and what each run found.

Rows are added and never deleted; those of `runs` and `events` change as more is known. Changing a
table means a new file in migrations/versions; a test compares the migrated database with these
tables.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
)

from sda.store.columns import Float64, UtcTime

__all__ = [
    "VERSION_TABLE",
    "approaches",
    "disagreements",
    "element_sets",
    "event_trend",
    "events",
    "ingestions",
    "messages",
    "metadata",
    "objects",
    "operations",
    "rejects",
    "runs",
    "solutions",
    "unusable",
]

VERSION_TABLE = "sda_version"
"""Where alembic notes the version of these tables."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

ingestions = Table(
    "ingestions",
    metadata,
    Column("ingestion_id", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("new_sets", Integer, nullable=False),
    Column("known_sets", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
)
"""The log: one row each time that a file was added, of element sets or of messages."""

# The key is the order in which sets are read: one object's history is one range, and its
# newest set before a time is one step into that range.
element_sets = Table(
    "element_sets",
    metadata,
    Column("norad_id", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, primary_key=True),
    Column("epoch", UtcTime, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("mean_motion_rev_day", Float64, nullable=False),
    Column("eccentricity", Float64, nullable=False),
    Column("inclination_deg", Float64, nullable=False),
    Column("ra_of_asc_node_deg", Float64, nullable=False),
    Column("arg_of_pericenter_deg", Float64, nullable=False),
    Column("mean_anomaly_deg", Float64, nullable=False),
    Column("bstar_per_earth_radius", Float64, nullable=False),
    Column("mean_motion_dot_rev_day2", Float64, nullable=False),
    Column("mean_motion_ddot_rev_day3", Float64, nullable=False),
    Column("classification", Text, nullable=False),
    Column("ephemeris_type", Integer, nullable=False),
    Column("element_set_no", Integer, nullable=False),
    Column("rev_at_epoch", Integer, nullable=False),
    Column("ingestion_id", ForeignKey("ingestions.ingestion_id"), nullable=False),
    sqlite_with_rowid=False,
)
"""Every element set, once; `ingestion_id` is the first ingestion that brought it."""

objects = Table(
    "objects",
    metadata,
    Column("norad_id", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("n_sets", Integer, nullable=False),
    Column("first_epoch", UtcTime, nullable=False),
    Column("last_epoch", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
"""What a source has on each object, kept in step with `element_sets`; names are the newest."""

rejects = Table(
    "rejects",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ingestion_id", ForeignKey("ingestions.ingestion_id"), nullable=False),
)
"""What could not be used, as it stood in the file; once per file, however often it is read."""

messages = Table(
    "messages",
    metadata,
    Column("source", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("marking", Text, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("originator", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("tca", UtcTime, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("ingestion_id", ForeignKey("ingestions.ingestion_id"), nullable=False),
)
"""Every conjunction data message of a source, in KVN, once under each marking it was given.

`marking` is empty where the source's own holds; norad_id_1 < norad_id_2.
"""

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("hours", Float64, nullable=False),
    Column("threshold_km", Float64, nullable=False),
    Column("status", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
)

solutions = Table(
    "solutions",
    metadata,
    Column("run_id", ForeignKey("runs.run_id"), primary_key=True),
    Column("solution", Text, primary_key=True),
    Column("sources", Text, nullable=False),
)
"""The solutions of a run that are done; `sources` is a JSON list."""

approaches = Table(
    "approaches",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("solution", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("name_1", Text, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("name_2", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tca", UtcTime, nullable=False),
    Column("miss_km", Float64, nullable=False),
    Column("relative_speed_km_s", Float64, nullable=False),
    Column("radial_km", Float64, nullable=False),
    Column("in_track_km", Float64, nullable=False),
    Column("cross_track_km", Float64, nullable=False),
    Column("age_days_1", Float64),
    Column("age_days_2", Float64),
    Column("episode_start", UtcTime),
    Column("episode_end", UtcTime),
    Column("minima", Text, nullable=False),
    Column("max_probability", Float64),
    Column("sigma_km", Float64),
    Column("resolvable", Boolean),
    Column("dilution_km", Float64),
    Column("probability", Float64),
    Column("probability_method", Text),
    Column("marking", Text, nullable=False, server_default=""),
    Column("longitude_deg", Float64),
    Column("state_1", Text),
    Column("state_2", Text),
    Column("covariance_1", Text),
    Column("covariance_2", Text),
    ForeignKeyConstraint(["run_id", "solution"], ["solutions.run_id", "solutions.solution"]),
    sqlite_with_rowid=False,
)
"""Close approaches in the order of their solution; `minima` is a JSON list."""

operations = Table(
    "operations",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("solution", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("document", Text, nullable=False),
    ForeignKeyConstraint(["run_id", "solution"], ["solutions.run_id", "solutions.solution"]),
    sqlite_with_rowid=False,
)
"""The events that stood as a run told them, each as JSON: `events` has them as they stand now."""

disagreements = Table(
    "disagreements",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("solution_1", Text, nullable=False),
    Column("position_1", Integer, nullable=False),
    Column("solution_2", Text, nullable=False),
    Column("position_2", Integer),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("tca", UtcTime, nullable=False),
    Column("sigmas", Float64, nullable=False),
    Column("axis", Text, nullable=False),
    Column("difference_km", Float64, nullable=False),
    Column("tca_difference_s", Float64, nullable=False),
    ForeignKeyConstraint(
        ["run_id", "solution_1", "position_1"],
        ["approaches.run_id", "approaches.solution", "approaches.position"],
        name="fk_disagreements_approaches_1",
    ),
    ForeignKeyConstraint(
        ["run_id", "solution_2", "position_2"],
        ["approaches.run_id", "approaches.solution", "approaches.position"],
        name="fk_disagreements_approaches_2",
    ),
)
"""Close approaches of two solutions, one event, that contradict each other beyond their errors.

`position_2` is empty where the second solution has no close approach of the pair then.
"""

unusable = Table(
    "unusable",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("solution", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("norad_id", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    ForeignKeyConstraint(["run_id", "solution"], ["solutions.run_id", "solutions.solution"]),
)
"""Objects that a screening had to leave out, and why."""

# A solution's events are its own: what one source alone shows is no part of another's event.
events = Table(
    "events",
    metadata,
    Column("solution", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("sources", Text, nullable=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    Column("status", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("event_class", Text, nullable=False),
    Column("score", Float64, nullable=False),
    Column("first_told", UtcTime, nullable=False),
    Column("last_told", UtcTime, nullable=False),
    Column("changed", UtcTime),
    Column("closed", UtcTime),
    Column("document", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What pairs did, by one name from run to run, as the run with the latest "now" told it.

`first_told`, `last_told`, `changed` and `closed` are the "now" of the runs that did so; `document`
is JSON, without the trend.
"""

event_trend = Table(
    "event_trend",
    metadata,
    Column("solution", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("day", UtcTime, primary_key=True, autoincrement=False),
    Column("utc", UtcTime, nullable=False),
    Column("min_range_km", Float64),
    Column("score", Float64, nullable=False),
    Column("event_class", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    ForeignKeyConstraint(["solution", "event_id"], ["events.solution", "events.event_id"]),
    sqlite_with_rowid=False,
)
"""How an event stood at the end of each day, as it was told while the day was news.

`day` is when it began; the end of what was known of it, `utc`, moves as it goes on.
"""
