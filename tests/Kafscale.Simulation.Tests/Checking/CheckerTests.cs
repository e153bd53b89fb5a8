using Kafscale.Simulation.History;
using static Kafscale.Simulation.Tests.Checking.HandMade;

namespace Kafscale.Simulation.Tests.Checking;

public sealed class CheckerTests
{
    [Fact]
    public void A_history_in_which_all_is_well_breaches_nothing() =>
        Well().FinallyRead(1, 0, Records(0, 0, 1, 2)).FinallyRead(2, 0, Records(0, 0, 1, 2)).MustBreach();

    [Fact]
    public void An_acknowledged_record_that_a_broker_does_not_have_in_the_end_is_a_lost_write() =>
        Well().FinallyRead(1, 0, Records(0, 0, 1)).MustBreach("lost-write");

    [Fact]
    public void An_acknowledged_record_before_the_log_start_is_no_lost_write() =>
        Well().DeletedRecords(2).FinallyRead(1, 2, Records(2, 2)).MustBreach();

    [Fact]
    public void A_record_that_was_never_acknowledged_may_be_missing() =>
        Well().Sends(3).FinallyRead(1, 0, Records(0, 0, 1, 2)).MustBreach();

    [Fact]
    public void An_acknowledged_record_that_a_reader_was_never_given_is_unseen() =>
        new HandMade().Sends(0, 2).Acknowledged(0, 0, 2).Polled(0, Records(0, 0)).FinallyRead(1, 0, Records(0, 0, 1)).MustBreach("unseen");

    [Fact]
    public void A_record_that_was_deleted_before_a_reader_came_to_it_is_not_unseen() =>
        new HandMade().Sends(0, 3).Acknowledged(0, 0, 3).Polled(0, Records(0, 0)).Reset(1, 2).Polled(2, Records(2, 2)).DeletedRecords(2).FinallyRead(1, 2, Records(2, 2)).MustBreach();

    [Fact]
    public void A_record_of_an_idempotent_producer_at_two_offsets_is_a_duplicate() =>
        Well().Polled(3, Records(3, 2)).MustBreach("duplicate");

    [Fact]
    public void A_record_of_a_plain_producer_may_be_at_two_offsets() =>
        new HandMade().Sends(0, isIdempotent: false).Acknowledged(1, 0).Polled(0, Records(0, 0, 0)).MustBreach();

    [Fact]
    public void Two_records_at_one_offset_are_inconsistent_offsets() =>
        Well().Sends(3).FinallyRead(1, 0, Records(0, 0, 1, 2)).FinallyRead(2, 0, Records(0, 0, 1, 3)).MustBreach("inconsistent-offsets", "lost-write");

    [Fact]
    public void A_record_that_nobody_has_sent_is_a_phantom() =>
        Well().Polled(3, Records(3, 3)).MustBreach("phantom");

    [Fact]
    public void A_record_of_an_idempotent_producer_behind_a_later_one_breaches_their_order() =>
        new HandMade().Sends(0, 2).Polled(0, Records(0, 1, 0)).MustBreach("producer-order");

    [Fact]
    public void A_poll_that_goes_back_is_a_nonmonotonic_poll() =>
        Well().Polled(2, Records(2, 2)).MustBreach("nonmonotonic-poll");

    [Fact]
    public void A_poll_that_leaves_out_an_offset_is_a_poll_skip() =>
        new HandMade().Sends(0, 3).Polled(0, Records(0, 0)).Polled(1, Records(2, 2)).MustBreach("poll-skip");

    [Fact]
    public void A_poll_behind_what_was_deleted_is_no_poll_skip() =>
        new HandMade().Sends(0, 3).Polled(0, Records(0, 0)).Reset(1, 2).Polled(2, Records(2, 2)).MustBreach();

    [Fact]
    public void An_offset_left_out_within_a_poll_is_an_int_poll_skip() =>
        new HandMade().Sends(0, 3).Polled(0, [.. Records(0, 0), .. Records(2, 2)]).MustBreach("int-poll-skip");

    [Fact]
    public void An_offset_that_goes_back_within_a_poll_is_an_int_nonmonotonic_poll() =>
        new HandMade().Sends(0, 2).Polled(0, [.. Records(0, 0, 1), .. Records(0, 0)]).MustBreach("int-nonmonotonic-poll");

    [Fact]
    public void A_record_sent_later_with_a_lower_offset_is_a_nonmonotonic_send() =>
        new HandMade().Sends(0).Sends(1).Acknowledged(1, 0).Acknowledged(0, 1).MustBreach("nonmonotonic-send");

    [Fact]
    public void Acknowledgements_that_come_in_another_order_than_offsets_are_no_nonmonotonic_send() =>
        new HandMade().Sends(0).Sends(1).Acknowledged(1, 1).Acknowledged(0, 0).MustBreach();

    [Fact]
    public void Another_record_amid_those_of_one_batch_is_an_int_send_skip() =>
        new HandMade().Sends(0, 2).Sends(2).Acknowledged(0, 0, 2).Polled(0, Records(0, 0, 2)).MustBreach("int-send-skip");

    [Theory]
    [InlineData(0, 9)]
    [InlineData(1, 10)]
    public void Ends_that_go_back_on_a_connection_are_nonmonotonic(long logStartOffset, long highWatermark) =>
        new HandMade().DeletedRecords(2).Ends(2, 10).Ends(logStartOffset, highWatermark).MustBreach("nonmonotonic-ends");

    [Fact]
    public void Another_broker_may_be_behind() =>
        new HandMade().DeletedRecords(2).Ends(2, 10).Ends(0, 8, "another").MustBreach();

    [Fact]
    public void A_log_that_begins_behind_what_was_asked_to_be_deleted_is_deleted_early() =>
        new HandMade().DeletedRecords(2).Ends(3, 10).MustBreach("early-deletion");

    [Fact]
    public void A_log_with_retention_may_begin_anywhere()
    {
        var history = new HandMade().Ends(3, 10);
        history.History.LimitsRetention(Log.TopicId);
        history.MustBreach();
    }

    [Fact]
    public void A_broker_that_has_less_in_the_end_diverges() =>
        new HandMade().Sends(0, 2).FinallyRead(1, 0, Records(0, 0, 1)).FinallyRead(2, 0, Records(0, 0)).MustBreach("diverging-brokers");

    [Fact]
    public void An_offset_without_a_record_in_the_end_is_a_gap() =>
        new HandMade().Sends(0, 3).FinallyRead(1, 0, [.. Records(0, 0), .. Records(2, 2)]).MustBreach("offset-gap");

    [Fact]
    public void A_record_that_was_deleted_must_not_be_there_in_the_end() =>
        Well().DeletedRecords(2).FinallyRead(1, 1, Records(1, 1, 2)).MustBreach("undeleted");

    [Fact]
    public void A_position_less_than_an_acknowledged_one_is_lost() =>
        new HandMade().Committed(1, 5).Committed(1, 7).PositionFetched(5).MustBreach("lost-position");

    [Fact]
    public void A_position_that_was_not_acknowledged_may_be_told_or_not()
    {
        new HandMade().Committed(1, 5).Committed(1, 7, isAcknowledged: false).PositionFetched(5).MustBreach();
        new HandMade().Committed(1, 5).Committed(1, 7, isAcknowledged: false).PositionFetched(7).MustBreach();
    }

    [Fact]
    public void A_position_that_nobody_has_committed_is_a_phantom() =>
        new HandMade().Committed(1, 5).PositionFetched(6).MustBreach("phantom-position");

    [Fact]
    public void A_commit_of_an_earlier_generation_than_one_that_has_begun_is_stale() =>
        new HandMade().Committed(2, 5).Committed(1, 7).MustBreach("stale-commit");

    [Fact]
    public void Two_members_of_a_generation_must_not_have_one_log()
    {
        var history = new HandMade();
        history.History.Assigned("group", "one", 1, [Log]);
        history.History.Assigned("group", "other", 2, [Log]);
        history.MustBreach();
        history.History.Assigned("group", "another", 2, [Log]);
        history.MustBreach("double-assignment");
    }

    [Fact]
    public void An_answer_that_must_not_be_is_a_violation()
    {
        var history = new HandMade();
        history.History.AnsweredUnexpectedly("producer-1", "Produce: OutOfOrderSequenceNumber");
        history.MustBreach("unexpected-answer");
    }

    [Fact]
    public void A_topic_that_nobody_has_deleted_must_be_there_in_the_end()
    {
        var other = new LogKey(Guid.Parse("00000000-0000-0000-0000-000000000002"), 0);
        var history = Well();
        history.History.ReadToTheEnd(1, other, 0, []);
        history.MustBreach("lost-topic");
        history.History.DeletesTopic(Log.TopicId);
        history.MustBreach();
    }

    // Three records, all acknowledged and read.
    private static HandMade Well() => new HandMade().Sends(0).Acknowledged(0, 0).Sends(1, 2).Acknowledged(1, 1, 2).Polled(0, Records(0, 0)).Polled(1, Records(1, 1, 2));
}
