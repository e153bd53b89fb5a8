namespace Kafscale.Console.Tests.Browser;

/// <summary>The tests that share one broker and one browser, one after another.</summary>
[CollectionDefinition(nameof(DevSite))]
public sealed class DevSiteCollection : ICollectionFixture<DevSite>;
