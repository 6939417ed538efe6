(* tanh: its derivatives, and its second-order expansion with a proved remainder. *)

From Coq Require Import Reals Lra.
Set Warnings "-ambiguous-paths".
From Coquelicot Require Import Coquelicot.
Local Open Scope R_scope.

Definition slope (a : R) : R := 1 - tanh a * tanh a.
Definition bend (a : R) : R := -2 * tanh a * slope a.
Definition third (a : R) : R := slope a * (6 * (tanh a * tanh a) - 2).

Lemma tanh_exp (a : R) : tanh a = 1 - 2 / (exp (2 * a) + 1).
Proof.
  unfold tanh, sinh, cosh. replace (2 * a) with (a + a) by ring. rewrite exp_plus, exp_Ropp.
  generalize (exp_pos a). intros. field. nra.
Qed.

Lemma tanh_bounds (a : R) : -1 < tanh a < 1.
Proof.
  rewrite tanh_exp. generalize (exp_pos (2 * a)). intros e.
  assert (0 < 2 / (exp (2 * a) + 1) < 2); [split|lra].
  - apply Rdiv_lt_0_compat; lra.
  - apply (Rmult_lt_reg_r (exp (2 * a) + 1)); [lra|]. field_simplify; lra.
Qed.

Lemma is_derive_tanh (a : R) : is_derive tanh a (slope a).
Proof.
  unfold slope, tanh, sinh, cosh. generalize (exp_pos a) (exp_pos (- a)). intros.
  auto_derive; [lra|]. field. lra.
Qed.

Lemma is_derive_slope (a : R) : is_derive slope a (bend a).
Proof.
  unfold slope, bend. generalize (is_derive_tanh a). intros d.
  auto_derive; [repeat apply conj; trivial; eexists; exact d|].
  replace (Derive (fun x => tanh x) a) with (slope a) by (symmetry; exact (is_derive_unique _ _ _ d)).
  unfold slope. ring.
Qed.

Lemma is_derive_bend (a : R) : is_derive bend a (third a).
Proof.
  unfold bend, third. generalize (is_derive_tanh a) (is_derive_slope a). intros d e.
  auto_derive; [repeat apply conj; trivial; eexists; eassumption|].
  replace (Derive (fun x => tanh x) a) with (slope a) by (symmetry; exact (is_derive_unique _ _ _ d)).
  replace (Derive (fun x => slope x) a) with (bend a) by (symmetry; exact (is_derive_unique _ _ _ e)).
  unfold bend, slope. ring.
Qed.

Lemma third_small (a : R) : -2 <= third a <= 2.
Proof.
  unfold third, slope. generalize (tanh_bounds a). intros.
  assert (0 <= tanh a * tanh a <= 1) by nra. set (t := tanh a * tanh a) in *. nra.
Qed.

(* A function whose derivative g' satisfies g'(a) (a - a0) >= 0 and that is 0 at a0 is nowhere negative. *)
Lemma signed_growth (g dg : R -> R) (a0 : R) :
  (forall a, is_derive g a (dg a)) -> g a0 = 0 -> dg a0 = 0 -> (forall a, 0 <= dg a * (a - a0)) ->
  forall a, 0 <= g a.
Proof.
  intros d zero flat sign a.
  destruct (MVT_gen g a0 a dg) as [b [between value]].
  - intros; apply d.
  - intros b _. apply continuity_pt_filterlim. apply (ex_derive_continuous g). now exists (dg b).
  - rewrite zero, Rminus_0_r in value. rewrite value. specialize (sign b).
    destruct (Rtotal_order b a0) as [less|[->|more]]; [|rewrite flat; lra|].
    + assert (dg b <= 0) by (apply Rnot_lt_le; intros positive; nra).
      unfold Rmin, Rmax in between. destruct (Rle_dec a0 a); [lra|nra].
    + assert (0 <= dg b) by (apply Rnot_lt_le; intros negative; nra).
      unfold Rmin, Rmax in between. destruct (Rle_dec a0 a); [nra|lra].
Qed.

(* Twice: g'' <= M gives g(a) <= g(a0) + g'(a0) (a - a0) + M (a - a0)^2 / 2. *)
Lemma second_order_above (g dg ddg : R -> R) (M a0 : R) :
  (forall a, is_derive g a (dg a)) -> (forall a, is_derive dg a (ddg a)) -> (forall a, ddg a <= M) ->
  forall a, g a <= g a0 + dg a0 * (a - a0) + M / 2 * ((a - a0) * (a - a0)).
Proof.
  intros d e below a.
  set (gap := fun z => g a0 + dg a0 * (z - a0) + M / 2 * ((z - a0) * (z - a0)) - g z).
  set (rate := fun z => dg a0 + M * (z - a0) - dg z).
  enough (0 <= gap a) by (unfold gap in *; lra).
  apply (signed_growth gap rate a0); unfold gap, rate; try lra.
  - intros z. generalize (d z). intros dz. auto_derive; [repeat apply conj; trivial; eexists; exact dz|].
    replace (Derive (fun x => g x) z) with (dg z) by (symmetry; exact (is_derive_unique _ _ _ dz)). field.
  - intros z. destruct (MVT_gen dg a0 z ddg) as [b [_ value]].
    + intros; apply e.
    + intros b _. apply continuity_pt_filterlim. apply (ex_derive_continuous dg). now exists (ddg b).
    + replace (dg a0 + M * (z - a0) - dg z) with ((M - ddg b) * (z - a0))
        by (rewrite Rmult_minus_distr_r, <- value; ring).
      specialize (below b). rewrite Rmult_assoc. apply Rmult_le_pos; [lra|apply Rle_0_sqr].
Qed.

Lemma slope_expansion (a0 a : R) :
  Rabs (slope a - (slope a0 + bend a0 * (a - a0))) <= (a - a0) * (a - a0).
Proof.
  generalize (second_order_above slope bend third 2 a0 is_derive_slope is_derive_bend
                (fun z => proj2 (third_small z)) a).
  assert (d : forall z, is_derive (fun t => - slope t) z (- bend z))
    by (intros; apply (is_derive_opp slope), is_derive_slope).
  assert (e : forall z, is_derive (fun t => - bend t) z (- third z))
    by (intros; apply (is_derive_opp bend), is_derive_bend).
  assert (b : forall z, - third z <= 2) by (intros; generalize (third_small z); lra).
  generalize (second_order_above _ _ _ 2 a0 d e b a). intros. apply Rabs_le. lra.
Qed.
