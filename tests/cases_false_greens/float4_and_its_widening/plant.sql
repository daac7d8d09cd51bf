UPDATE public.t SET v = 0.1::float4::float8 WHERE id = 1;
