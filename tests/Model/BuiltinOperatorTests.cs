using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Model;

public sealed class BuiltinOperatorTests
{
    /// <summary>Numbers and names of the .tflite schema at places far apart: one name lost or doubled between two of them would move the second.</summary>
    [Theory]
    [InlineData(0, "ADD")]
    [InlineData(31, "CALL")]
    [InlineData(59, "NEG")]
    [InlineData(84, "LOGICAL_OR")]
    [InlineData(91, "REDUCE_ANY")]
    [InlineData(104, "CEIL")]
    [InlineData(122, "SCATTER_ND")]
    [InlineData(140, "REDUCE_ALL")]
    [InlineData(158, "SIGN")]
    [InlineData(175, "STABLEHLO_ABS")]
    [InlineData(190, "STABLEHLO_SCATTER")]
    [InlineData(206, "STABLEHLO_COMPOSITE")]
    [InlineData(209, "STABLEHLO_CASE")]
    public void A_code_has_the_name_of_the_schema(int code, string name) => Assert.Equal(name, ((BuiltinOperator)code).SchemaName());

    [Fact]
    public void The_schema_has_210_operators_of_different_names()
    {
        Assert.Equal(210, BuiltinOperators.SchemaNames.Length);
        Assert.Equal(210, BuiltinOperators.SchemaNames.Distinct().Count());
    }

    [Fact]
    public void A_code_beyond_the_schema_is_named_by_its_number() => Assert.Equal("BUILTIN_210", ((BuiltinOperator)210).SchemaName());

    [Fact]
    public void A_member_is_spelled_as_its_name_in_the_schema() => Assert.All(Enum.GetValues<BuiltinOperator>(), code =>
        Assert.Equal(code.SchemaName().Replace("_", "", StringComparison.Ordinal), code.ToString(), ignoreCase: true));
}
