namespace OffByN.Arithmetic.Profiles;

/// <summary>What the TFLite C library 2.9.0 of tfjs-tflite-node 0.0.2 computes on x86-64.</summary>
public static class Native
{
    public static readonly Profile Opt = new("native-2.9.0/opt", LiteRt.Opt.Rules);

    public static readonly Profile Xnn = new("native-2.9.0/xnn", LiteRt.Xnn.Rules);
}
