using System.Collections.Immutable;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Kernels;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>A user's kernels in place of ours: bound by name, and never believed.</summary>
[Collection(OpenClFixture.Name)]
public sealed class UserKernelTests(OpenClFixture opencl) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [SkippableFact]
    public void Arguments_are_bound_by_name_in_any_order_and_as_the_declared_integer_type()
    {
        OpenClCapture capture = Run("""
            kernel void reshape(global uchar *output, constant uchar *input) { output[get_global_id(0)] = 255 - input[get_global_id(0)]; }
            """, "reshape", out TensorSet inputs);
        byte[] input = [.. inputs.Tensors.Values.Single().Data.ToArray()];
        Assert.Equal(input.Select(code => (byte)(255 - code)), Assert.Single(capture.Tensors.Tensors).Value.Data.ToArray());

        OpenClCapture pool = Run("""
            kernel void average_pool_2d(ulong channels, global uchar *output, short input_height)
            { output[get_global_id(0)] = channels * 16 + input_height; }
            """, "average_pool_2d", out inputs);
        Shape shape = inputs.Tensors.Values.Single().Shape;
        Assert.All(Assert.Single(pool.Tensors.Tensors).Value.Data.ToArray(), code => Assert.Equal((byte)(shape[3] * 16 + shape[1]), code));
    }

    [SkippableFact]
    public void An_unknown_argument_is_refused_and_the_known_ones_are_listed()
    {
        string reason = ReasonOf("kernel void reshape(global uchar *output, int stride) { output[0] = stride; }", "reshape");
        Assert.Contains("\"stride\"", reason, StringComparison.Ordinal);
        Assert.Contains("known are input, output", reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_pointer_to_another_type_is_refused()
    {
        string reason = ReasonOf("kernel void reshape(global uchar *output, global float *input) { output[0] = input[0]; }", "reshape");
        Assert.Contains("argument input is float*, expected global uchar*", reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_build_error_names_file_and_line()
    {
        string reason = ReasonOf("\n\nkernel void reshape(global uchar *output) { output[0] = nothing; }\n", "reshape");
        Assert.Contains(folder.File("reshape.cl"), reason, StringComparison.Ordinal);
        Assert.Contains("reshape.cl:3:", reason, StringComparison.Ordinal);
        Assert.Contains("nothing", reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_error_behind_an_include_names_the_line_in_its_own_file()
    {
        string reason = ReasonOf("#define UINT8\n#define WIDTH 1\n#include \"codes.h\"\n\nkernel void reshape(global uchar *output) { output[0] = nothing; }\n", "reshape");
        Assert.Contains("reshape.cl:5:", reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_missing_definition_is_an_error_and_no_default()
    {
        const string kernel = "kernel void reshape(global uchar *output) { output[0] = 0; }";
        Assert.Contains("define one of UINT8, INT8, INT16", ReasonOf("#include \"codes.h\"\n" + kernel, "reshape"), StringComparison.Ordinal);
        Assert.Contains("define WIDTH", ReasonOf("#define UINT8\n#include \"codes.h\"\n" + kernel, "reshape"), StringComparison.Ordinal);
        const string before = "#define UINT8\n#define WIDTH 1\n#include \"codes.h\"\n#include \"fixed_point.h\"\n";
        Assert.Contains("define PRODUCT", ReasonOf(before + "#include \"requantize.h\"\n" + kernel, "reshape"), StringComparison.Ordinal);
        Assert.Contains(
            "not implemented together",
            ReasonOf(before + "#define PRODUCT HIGH_MULTIPLY\n#define ROUNDING HALF_EVEN\n#define TAIL_ROUNDING HALF_EVEN\n#include \"requantize.h\"\n" + kernel, "reshape"),
            StringComparison.Ordinal);
    }

    /// <summary>As in <c>examples/issue-188</c>, on a model that does more than convolve.</summary>
    [SkippableFact]
    public void A_header_of_the_user_s_is_for_the_user_s_kernels_alone()
    {
        OpenClDevice device = opencl.Device();
        File.WriteAllText(folder.File("codes.h"), "#error the user's header\n");
        Assert.Contains("the user's header", ReasonOf("#include \"codes.h\"\nkernel void reshape(global uchar *output) { output[0] = 0; }\n", "reshape"), StringComparison.Ordinal);
        KernelCases cases = new(TensorType.UInt8, seed: 5);
        cases.AddLogistic();
        using OpenClPipeline pipeline = new(device, cases.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty, folder.Path);
        Assert.Empty(pipeline.RunIsolated(cases.Inputs).NotComputed);
    }

    [SkippableFact]
    public void A_file_that_includes_itself_is_refused() =>
        Assert.Contains("includes nest deeper", ReasonOf("#include \"reshape.cl\"\n", "reshape"), StringComparison.Ordinal);

    [SkippableFact]
    public void A_file_without_the_kernel_is_refused() =>
        Assert.Contains("expected a kernel function called reshape", ReasonOf("kernel void other(global uchar *output) { output[0] = 0; }", "reshape"), StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData("output[get_global_size(0)] = output[get_global_size(0)] + 1", "wrote out of bounds of tensor 1 (t1), 0 bytes after its end")]
    [InlineData("output[-3] = output[-3] + 1", "wrote out of bounds of tensor 1 (t1), up to 3 bytes before its start")]
    public void A_write_out_of_bounds_is_named_by_kernel_and_buffer_and_the_result_is_not_believed(string statement, string expected)
    {
        string reason = ReasonOf($"kernel void reshape(global uchar *output) {{ if (get_global_id(0) == 0) {statement}; }}", "reshape");
        Assert.Contains(folder.File("reshape.cl"), reason, StringComparison.Ordinal);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_kernel_that_writes_nothing_does_not_keep_the_result_of_an_earlier_run()
    {
        OpenClCapture capture = Run("kernel void reshape(global uchar *output, global uchar *input) { if (input[0] == 0x55) output[0] = 0; }", "reshape", out TensorSet inputs);
        byte[] output = Assert.Single(capture.Tensors.Tensors).Value.Data.ToArray();
        Assert.NotEqual(inputs.Tensors.Values.Single().Data.ToArray(), output);
        Assert.NotEqual(new byte[output.Length], output);
    }

    /// <summary>LOGISTIC is one of the operators that share our kernel table.cl.</summary>
    [SkippableTheory]
    [InlineData("logistic")]
    [InlineData("table")]
    public void A_kernel_is_found_by_the_name_of_its_operator_and_by_that_of_ours(string name)
    {
        OpenClDevice device = opencl.Device();
        File.WriteAllText(folder.File(name + ".cl"), $"kernel void {name}(global uchar *output) {{ output[get_global_id(0)] = 7; }}");
        KernelCases cases = new(TensorType.UInt8, seed: 5);
        cases.AddLogistic();
        using OpenClPipeline pipeline = new(device, cases.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty, folder.Path);
        Assert.All(Assert.Single(pipeline.RunIsolated(cases.Inputs).Tensors.Tensors).Value.Data.ToArray(), code => Assert.Equal(7, code));
        Assert.Equal([name], pipeline.UserKernels);
    }

    public void Dispose() => folder.Dispose();

    private string ReasonOf(string source, string name)
    {
        OpenClCapture capture = Run(source, name, out _);
        Assert.Empty(capture.Tensors.Tensors);
        return Assert.Single(capture.NotComputed).Value;
    }

    /// <summary>One operator of uint8 codes in the user's kernel.</summary>
    private OpenClCapture Run(string source, string name, out TensorSet inputs)
    {
        OpenClDevice device = opencl.Device();
        File.WriteAllText(folder.File(name + ".cl"), source);
        KernelCases cases = new(TensorType.UInt8, seed: 5);
        if (name == "reshape")
            cases.AddReshape();
        else
            cases.AddAveragePool();
        inputs = cases.Inputs;
        using OpenClPipeline pipeline = new(device, cases.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty, folder.Path);
        pipeline.RunIsolated(inputs);
        return pipeline.RunIsolated(inputs);
    }
}
