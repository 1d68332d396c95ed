namespace OffByN.Model.Reading;

/// <summary>Field ids of the tables that are read and written (spec, section 5.1); <c>Count</c> is one more than the highest of them.</summary>
internal static class Schema
{
    public static ReadOnlySpan<byte> Identifier => "TFL3"u8;

    public const int VersionRead = 3;

    public static class Model
    {
        public const int Version = 0, OperatorCodes = 1, Subgraphs = 2, Description = 3, Buffers = 4, Count = 5;
    }

    public static class OperatorCode
    {
        public const int DeprecatedBuiltinCode = 0, CustomCode = 1, Version = 2, BuiltinCode = 3, Count = 4;
    }

    public static class SubGraph
    {
        public const int Tensors = 0, Inputs = 1, Outputs = 2, Operators = 3, Name = 4, Count = 5;
    }

    public static class Tensor
    {
        public const int Shape = 0, Type = 1, Buffer = 2, Name = 3, Quantization = 4, IsVariable = 5, Sparsity = 6, HasRank = 8, ExternalBuffer = 10, Count = 11;
    }

    public static class Sparsity
    {
        public const int TraversalOrder = 0, BlockMap = 1, Levels = 2, Count = 3;
    }

    public static class SparseLevel
    {
        public const int Format = 0, DenseSize = 1, SegmentsType = 2, IndicesType = 4, Count = 6;
    }

    public static class SparseIndices
    {
        public const byte Int32 = 1, UInt16 = 2, UInt8 = 3;

        public const int Values = 0, Count = 1;
    }

    public static class Quantization
    {
        public const int Scale = 2, ZeroPoint = 3, DetailsType = 4, QuantizedDimension = 6, Count = 7;
    }

    public static class Buffer
    {
        public const int Data = 0, Offset = 1, Size = 2, Count = 3;
    }

    public static class Operator
    {
        public const int OpcodeIndex = 0, Inputs = 1, Outputs = 2, BuiltinOptionsType = 3, BuiltinOptions = 4, CustomOptions = 5,
            Intermediates = 8, LargeCustomOptionsOffset = 9, LargeCustomOptionsSize = 10, Count = 11;
    }
}
