(* Theorem 2 of the paper: bounds of det M, with Liouville's formula det M = exp (int div) as a hypothesis. *)

From Coq Require Import Reals Lra.
Set Warnings "-ambiguous-paths".
From Coquelicot Require Import Coquelicot.
From Proofs Require Import Norms.
Local Open Scope R_scope.

Section Orbit.
Variables (d : nat) (df : R -> matrix) (period det_m : R).
Hypothesis nonnegative_time : 0 <= period.
(* df t is Df at the point of the orbit at time t; its trace is the divergence there. *)
Hypothesis integrable : ex_RInt (fun t => trace d (df t)) 0 period.
Hypothesis liouville : det_m = exp (RInt (fun t => trace d (df t)) 0 period).

Lemma integral_bounds (lo hi : R) : (forall t, 0 <= t <= period -> lo <= trace d (df t) <= hi) ->
  period * lo <= RInt (fun t => trace d (df t)) 0 period <= period * hi.
Proof.
  intros all.
  assert (const : forall c, RInt (fun _ => c) 0 period = period * c)
    by (intros c; rewrite RInt_const; unfold scal; simpl; unfold mult; simpl; ring).
  rewrite <- !const. split; (apply RInt_le; trivial; [apply ex_RInt_const || trivial|..]); trivial;
    try apply ex_RInt_const; intros t inside; apply all; lra.
Qed.

Theorem det_from_divergence (lo hi : R) : (forall t, 0 <= t <= period -> lo <= trace d (df t) <= hi) ->
  exp (period * lo) <= det_m <= exp (period * hi).
Proof.
  intros all. rewrite liouville. assert (order : forall a b, a <= b -> exp a <= exp b)
    by (intros a b [less| ->]; [left; now apply exp_increasing|apply Rle_refl]).
  split; apply order, (integral_bounds lo hi all).
Qed.

Variable c : R.
Hypothesis bounded : forall t, 0 <= t <= period -> norm_le d d (times d (df t)) c.

Theorem theorem_2 : exp (- (INR d * c * period)) <= det_m <= exp (INR d * c * period).
Proof.
  replace (- (INR d * c * period)) with (period * - (INR d * c)) by ring.
  replace (INR d * c * period) with (period * (INR d * c)) by ring.
  apply det_from_divergence. intros t inside.
  generalize (trace_bound d (df t) c (bounded t inside)) (Rle_abs (trace d (df t))) (Rle_abs (- trace d (df t))).
  rewrite Rabs_Ropp. lra.
Qed.

(* The eta test: d C T < eta excludes -log det M >= eta. *)
Theorem eta_test (eta : R) : INR d * c * period < eta -> - ln det_m < eta.
Proof.
  intros small. destruct theorem_2 as [low _].
  assert (- (INR d * c * period) <= ln det_m); [|lra].
  rewrite <- (ln_exp (- _)). destruct low as [low| <-]; [left; apply ln_increasing; [apply exp_pos|exact low]|lra].
Qed.

End Orbit.
