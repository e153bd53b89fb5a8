using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Testing;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>The console of a cluster that has ACLs and users, which brokers of Kafscale do not.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private readonly AccessProxy _proxy = AccessProxy.Start();
    private BrokerProcess? _broker;
    private ConsoleProcess? _console;
    private HeadlessBrowser? _browser;

    private string BootstrapServers => $"127.0.0.1:{_proxy.Port}";

    public async ValueTask InitializeAsync()
    {
        _broker = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument, "--broker-port", $"{_proxy.Port}"]);
        _proxy.BrokerPort = _broker.Port;
        _console = await ConsoleProcess.StartAsync(BootstrapServers, [_broker.HttpAddress]);
        _browser = await HeadlessBrowser.StartAsync(_console.Address);
        await _browser.SignInAsync(ConsoleProcess.SignInAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_console?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Acls_are_created_found_and_deleted()
    {
        var page = await _browser!.OpenAsync("/access");
        await using var context = page.Context;
        await page.GetByText("There are no ACLs.").WaitForAsync();

        await CreateAsync(page, "User:alice", "orders", "write");
        await CreateAsync(page, "User:reporting", "orders", "read");
        await CreateAsync(page, "User:guest", "payments-", "read", "prefixed", "deny");
        await Assertions.Expect(Rows(page)).ToHaveTextAsync(
            [
                "User:alice allow write topic orders literal * Delete",
                "User:reporting allow read topic orders literal * Delete",
                "User:guest deny read topic payments- prefixed * Delete",
            ],
            new() { UseInnerText = true });
        await Gallery.ShowAsync(page, "access-acls");

        await page.GetByRole(AriaRole.Searchbox).FillAsync("pay");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);
        await page.WaitForURLAsync("**/access?q=pay");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete User:guest" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByText("No ACL is like that.").WaitForAsync();

        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        var left = await admin.DescribeAclsAsync(new AclBindingFilter
        {
            PatternFilter = new ResourcePatternFilter { Type = ResourceType.Any, ResourcePatternType = ResourcePatternType.Any },
            EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Any },
        });
        Assert.Equal(["User:alice", "User:reporting"], left.AclBindings.Select(acl => acl.Entry.Principal).Order());
        await page.GotoAsync("/activity");
        await page.GetByText("deny read on topic payments- (prefixed) from *").First.WaitForAsync();
    }

    [Fact]
    public async Task An_acl_of_the_cluster_needs_no_name_and_a_principal_needs_a_type()
    {
        var page = await _browser!.OpenAsync("/access");
        await using var context = page.Context;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create ACL" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Resource" }).SelectOptionAsync("cluster");
        await dialog.GetByLabel("Resource name").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Operation" }).SelectOptionAsync("idempotent write");
        await dialog.GetByLabel("Principal").FillAsync("alice");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await dialog.GetByText("A principal is TYPE:NAME").WaitForAsync();
        await Gallery.ShowAsync(page, "create-acl");

        await dialog.GetByLabel("Principal").FillAsync("User:alice");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();

        await Assertions.Expect(Rows(page)).ToHaveTextAsync(["User:alice allow idempotent write cluster kafka-cluster literal * Delete"], new() { UseInnerText = true });
    }

    [Fact]
    public async Task Users_are_listed_with_their_mechanisms()
    {
        var page = await _browser!.OpenAsync("/access");
        await using var context = page.Context;
        await page.GetByRole(AriaRole.Link, new() { Name = "Users" }).ClickAsync();

        await Assertions.Expect(Rows(page)).ToHaveTextAsync(["alice SCRAM-SHA-256 (8 192 iterations), SCRAM-SHA-512 (4 096 iterations)", "reporting SCRAM-SHA-256 (4 096 iterations)"], new() { UseInnerText = true });
        await Gallery.ShowAsync(page, "access-users");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("rep");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);
    }

    private static ILocator Rows(IPage page) => page.Locator("tbody tr:has(.mono)");

    private static async Task CreateAsync(IPage page, string principal, string topic, string operation, string pattern = "literal", string permission = "allow")
    {
        var dialog = page.GetByRole(AriaRole.Dialog);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create ACL" }).ClickAsync();
        await dialog.GetByLabel("Principal").FillAsync(principal);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Permission" }).SelectOptionAsync(permission);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Operation" }).SelectOptionAsync(operation);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Pattern" }).SelectOptionAsync(pattern);
        await dialog.GetByLabel("Resource name").FillAsync(topic);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await page.GetByText(principal, new() { Exact = true }).WaitForAsync();
    }
}
