namespace OffByN.Model.Options;

/// <summary>Fields 0 and 1 held the new size in old files; it is in input 1 now, as (height, width).</summary>
[SchemaUnion(15)]
public sealed record ResizeBilinearOptions(
    [SchemaField(2)] bool AlignCorners = false,
    [SchemaField(3)] bool HalfPixelCenters = false) : OperatorOptions;

[SchemaUnion(74)]
public sealed record ResizeNearestNeighborOptions(bool AlignCorners = false, bool HalfPixelCenters = false) : OperatorOptions;
