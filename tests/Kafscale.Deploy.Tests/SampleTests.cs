using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

public sealed class SampleTests
{
    private static readonly Dictionary<string, CustomResourceSchema> SchemaOf =
        Definitions.All.ToDictionary(definition => definition.Text("spec", "names", "kind")!, definition => new CustomResourceSchema(definition));

    private static IEnumerable<Manifest> CustomResources => Samples.All.Where(sample => SchemaOf.ContainsKey(sample.Kind));

    [Theory]
    [InlineData("KafscaleCluster")]
    [InlineData("KafscaleTopic")]
    public async Task Every_sample_is_valid_by_its_definition(string kind)
    {
        var samples = CustomResources.Where(sample => sample.Kind == kind).ToList();

        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Equal("kafscale.io/v1alpha1", sample.ApiVersion));
        Assert.All(await SchemaOf[kind].FaultsAsync(samples), Assert.Empty);
        // Applied a second time, so that rules about changes count too.
        Assert.All(await SchemaOf[kind].FaultsByRulesAsync(samples.Select(sample => (sample, (Manifest?)sample))), Assert.Empty);
    }

    [Fact]
    public async Task The_cluster_in_the_notes_of_the_chart_is_valid()
    {
        var notes = (await Chart.RenderAsync()).Notes;
        var cluster = Assert.Single(Manifest.ParseAll(notes.Split("<<END\n")[1].Split("  END\n")[0]));

        Assert.Empty(Assert.Single(await SchemaOf[cluster.Kind].FaultsAsync(cluster)));
    }

    [Theory]
    [InlineData("KafscaleCluster", "{s3: {bucket: records, region: eu}, brokers: {replica: 3}}", "/spec/brokers/replica")]
    [InlineData("KafscaleCluster", "{s3: {region: eu}}", "/spec/s3/bucket")]
    [InlineData("KafscaleCluster", "{s3: {bucket: records, region: eu}, brokers: {replicas: 0}}", "/spec/brokers/replicas")]
    [InlineData("KafscaleTopic", "{clusterRef: small}", "/spec/partitions")]
    public async Task A_slip_in_a_sample_would_be_found(string kind, string spec, string place)
    {
        var resource = Assert.Single(Manifest.ParseAll($"apiVersion: kafscale.io/v1alpha1\nkind: {kind}\nmetadata: {{name: slip}}\nspec: {spec}"));

        Assert.Contains(Assert.Single(await SchemaOf[kind].FaultsAsync(resource)), fault => fault.StartsWith($"{place}:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sample_of_a_topic_names_a_cluster_that_is_a_sample_too()
    {
        var clusters = CustomResources.Where(sample => sample.Kind == "KafscaleCluster").Select(sample => sample.Name).ToHashSet();

        Assert.All(CustomResources.Where(sample => sample.Kind == "KafscaleTopic"), topic => Assert.Contains(topic.Text("spec", "clusterRef")!, clusters));
    }

    [Fact]
    public void No_sample_holds_a_secret() => Assert.DoesNotContain(Samples.All, sample => sample.Kind == "Secret");

    [Fact]
    public void Every_sample_is_in_the_documentation()
    {
        var page = File.ReadAllText(RepositoryRoot.File("docs", "kubernetes.md"));
        var files = Directory.EnumerateFiles(RepositoryRoot.File("deploy", "samples"), "*.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(RepositoryRoot.File("docs"), file));

        Assert.All(files, file => Assert.Contains($"({file})", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_regions_of_a_sample_are_one_cluster()
    {
        var cluster = CustomResources.Single(sample => sample.Text("spec", "s3", "bucket") == "example-records-a");
        var readers = Samples.All.Single(sample => sample.Kind == "StatefulSet").PodSpec!["containers"]![0]!["env"]!.AsArray()
            .Where(variable => variable!["value"] is not null)
            .ToDictionary(variable => variable!["name"]!.GetValue<string>(), variable => variable!["value"]!.GetValue<string>());

        Assert.Equal(cluster.Text("spec", "s3", "bucket"), readers["KAFSCALE_S3_BUCKET"]);
        Assert.Equal(cluster.Text("spec", "s3", "region"), readers["KAFSCALE_S3_REGION"]);
        Assert.Equal(cluster.Text("spec", "s3", "namespace"), readers["KAFSCALE_S3_NAMESPACE"]);
        Assert.Equal(
            cluster.At("spec", "etcd", "endpoints")!.AsArray().Select(endpoint => endpoint!.GetValue<string>()), readers["KAFSCALE_ETCD_ENDPOINTS"].Split(','));
        Assert.Equal("read", readers["KAFSCALE_BROKER_ROLES"]);
    }
}
