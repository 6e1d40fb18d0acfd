-- How many follow whom. What happens is added up in slots, so that those who follow the same
-- user at once touch different rows; a job moves the sums to follow_count and follow_day.

CREATE TABLE veza_data.follow_counter (
    user_id uuid NOT NULL REFERENCES veza_data.users,
    kind    text NOT NULL CHECK (kind IN ('gained', 'lost', 'following')),
    day     date NOT NULL,
    slot    smallint NOT NULL,
    n       bigint NOT NULL,
    PRIMARY KEY (user_id, kind, day, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE veza_data.follow_counter IS 'What was counted since the job fold_follows ran last.';
COMMENT ON COLUMN veza_data.follow_counter.user_id IS 'Who is followed; of following: who follows.';
COMMENT ON COLUMN veza_data.follow_counter.kind IS 'gained or lost: followers; following: users whom one follows, less those whom one does no more.';
COMMENT ON COLUMN veza_data.follow_counter.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_data.follow_counter.slot IS 'Which of several rows for the same thing.';
COMMENT ON COLUMN veza_data.follow_counter.n IS 'How many.';

CREATE TABLE veza_data.follow_count (
    user_id   uuid PRIMARY KEY REFERENCES veza_data.users,
    followers bigint NOT NULL,
    following bigint NOT NULL
);
COMMENT ON TABLE veza_data.follow_count IS 'How many follow a user, and whom the user follows, without what is still in follow_counter.';
COMMENT ON COLUMN veza_data.follow_count.user_id IS 'The user.';
COMMENT ON COLUMN veza_data.follow_count.followers IS 'Followers.';
COMMENT ON COLUMN veza_data.follow_count.following IS 'Users whom the user follows.';

CREATE TABLE veza_data.follow_day (
    user_id uuid NOT NULL REFERENCES veza_data.users,
    day     date NOT NULL,
    gained  bigint NOT NULL,
    lost    bigint NOT NULL,
    PRIMARY KEY (user_id, day)
);
CREATE INDEX follow_day_day ON veza_data.follow_day (day);
COMMENT ON TABLE veza_data.follow_day IS 'Followers that a user has gained and lost on a day, without what is still in follow_counter.';
COMMENT ON COLUMN veza_data.follow_day.user_id IS 'The user.';
COMMENT ON COLUMN veza_data.follow_day.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_data.follow_day.gained IS 'Who has begun to follow.';
COMMENT ON COLUMN veza_data.follow_day.lost IS 'Who has ended it, or for whom a block or the end of an account did.';

-- The end of an account waits for none of its followers: a job takes them off.
CREATE TABLE veza_data.follow_ending (
    user_id uuid PRIMARY KEY REFERENCES veza_data.users
);
COMMENT ON TABLE veza_data.follow_ending IS 'Accounts that have ended, whose followers the job end_follows takes off.';
COMMENT ON COLUMN veza_data.follow_ending.user_id IS 'The account.';

-- The list of whom one has blocked.
CREATE INDEX user_block_newest ON veza_data.user_block (blocker_id, created_at DESC, blocked_id DESC);

-- Rows that were there before they were counted.
INSERT INTO veza_data.follow_count (user_id, followers, following)
SELECT user_id, sum(followers), sum(following)
  FROM (SELECT followed_id AS user_id, 1 AS followers, 0 AS following FROM veza_data.user_follow
        UNION ALL SELECT follower_id, 0, 1 FROM veza_data.user_follow) f
 GROUP BY user_id;
INSERT INTO veza_data.follow_day (user_id, day, gained, lost)
SELECT followed_id, (created_at AT TIME ZONE 'UTC')::date, count(*), 0 FROM veza_data.user_follow GROUP BY 1, 2;
