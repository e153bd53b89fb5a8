using Kafscale.Operator.Etcd;

namespace Kafscale.Operator.Tests.Upkeep;

public sealed class SnapshotKeysTests
{
    private const string Folder = "etcd-snapshots/shop/orders/";

    private static readonly string[] Complete = [.. Enumerable.Range(1, 5).SelectMany(hour => Both(hour))];

    [Fact]
    public void The_newest_stay_and_older_ones_go_with_their_checksums() =>
        Assert.Equal([.. Both(1), .. Both(2), .. Both(3)], Old(Complete, keep: 2));

    [Fact]
    public void Where_there_are_not_more_than_may_stay_all_stay() => Assert.Empty(Old(Complete, keep: 5));

    [Fact]
    public void A_snapshot_without_its_checksum_keeps_no_place_and_what_is_left_of_old_ones_goes() =>
        Assert.Equal(
            [.. Both(1), .. Both(2), Both(3)[0]],
            Old([.. Complete.Where(key => key != Both(3)[1] && key != Both(5)[1])], keep: 1));

    [Theory]
    [InlineData("etcd-snapshots/shop/orders/20260101T000000Z.db.tmp")]
    [InlineData("etcd-snapshots/shop/orders/before-the-move.db")]
    [InlineData("etcd-snapshots/shop/orders/20260101T000000Z.db\n")]
    [InlineData("etcd-snapshots/shop/orders/other/20260101T000000Z.db")]
    [InlineData("etcd-snapshots/shop/orders-eu/20260101T000000Z.db")]
    [InlineData("20260101T000000Z.db")]
    public void What_has_another_name_is_somebody_else_s(string key) => Assert.DoesNotContain(key, Old([.. Complete, key], keep: 1));

    [Fact]
    public void What_was_published_last_stays_though_others_have_later_times() =>
        Assert.Equal(Both(1), SnapshotKeys.FindOld(Folder, Complete, newest: Both(2)[0], keep: 1).Order(StringComparer.Ordinal));

    [Fact]
    public void The_key_of_a_later_snapshot_sorts_behind() => Assert.Equal(
        ["etcd-snapshots/shop/orders/20260109T230000Z.db", "etcd-snapshots/shop/orders/20260110T000000Z.db"],
        new[] { new DateTimeOffset(2026, 1, 10, 2, 0, 0, TimeSpan.FromHours(2)), new DateTimeOffset(2026, 1, 9, 23, 0, 0, TimeSpan.Zero) }
            .Select(time => SnapshotKeys.Of(Folder, time)).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Old(IEnumerable<string> keys, int keep) => SnapshotKeys.FindOld(Folder, keys, Both(5)[0], keep).Order(StringComparer.Ordinal);

    private static string[] Both(int hour)
    {
        var key = SnapshotKeys.Of(Folder, new DateTimeOffset(2026, 5, 1, hour, 0, 0, TimeSpan.Zero));
        return [key, key + ".sha256"];
    }
}
